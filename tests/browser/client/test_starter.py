"""Somebody with a keyboard tries the starter set, with JavaScript and without it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import expect
from playwright.sync_api import Locator
from playwright.sync_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.xdist_group("client"),
]
SITE = "tests.browser.client.starter:app"

GALLERY = "/hotframe/components"
AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
FOUND = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .map(one => [one.id, ...one.nodes.map(node => node.html + node.failureSummary)])"""


@pytest.fixture
def shown(page: Page) -> Page:
    """Open the page, whose scripts have run."""
    page.goto("/")
    expect(page.get_by_role("tablist")).to_be_visible()
    return page


@pytest.fixture
def plain(browser: Browser, address: str) -> Iterator[Page]:
    """Open the page without JavaScript."""
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto("/")
    yield page
    context.close()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("tab", name=name)


@pytest.mark.parametrize(
    ("direction", "forth", "back"), [("ltr", "Right", "Left"), ("rtl", "Left", "Right")]
)
def test_tabs(page: Page, direction: str, forth: str, back: str) -> None:
    page.goto(f"/?dir={direction}")
    expect(page.get_by_role("tablist", name="About the tea")).to_be_visible()
    expect(page.get_by_role("tabpanel")).to_have_count(1)
    tab(page, "Taste").focus()
    steps = [
        (f"Arrow{forth}", "Brewing"), (f"Arrow{forth}", "Delivery"), (f"Arrow{forth}", "Taste"),
        (f"Arrow{back}", "Delivery"), ("Home", "Taste"), ("End", "Delivery"),
    ]  # fmt: skip
    for key, name in steps:
        press(page, key)
        expect(tab(page, name)).to_be_focused()
        expect(tab(page, name)).to_have_attribute("aria-selected", "true")
        expect(page.locator("[role=tab][aria-selected=true]")).to_have_count(1)
        expect(page.get_by_role("tabpanel", name=name)).to_be_visible()
        expect(page.get_by_role("tabpanel")).to_have_count(1)
    press(page, "Tab")
    expect(page.locator("#delivery")).to_be_focused()
    press(page, "Shift+Tab")
    expect(tab(page, "Delivery")).to_be_focused()


def test_a_link_to_a_panel_shows_it(page: Page) -> None:
    page.goto("/#delivery")
    expect(page.get_by_role("tabpanel", name="Delivery")).to_be_visible()
    page.goto("/#tea-2")
    expect(page.get_by_role("tabpanel", name="Brewing")).to_be_visible()


def test_menu(shown: Page) -> None:
    button = shown.get_by_role("button", name="Actions")
    button.focus()
    press(shown, "Enter")
    expect(shown.get_by_role("menu", name="Actions")).to_be_visible()
    steps = [
        ("", "Edit"), ("ArrowDown", "Copy"), ("ArrowDown", "Delete"), ("ArrowDown", "Edit"),
        ("ArrowUp", "Delete"), ("Home", "Edit"), ("End", "Delete"), ("c", "Copy"), ("D", "Delete"),
    ]  # fmt: skip
    for key, name in steps:
        press(shown, *filter(None, [key]))
        expect(shown.get_by_role("menuitem", name=name)).to_be_focused()
    press(shown, "Escape")
    expect(shown.get_by_role("menu")).to_have_count(0)
    expect(button).to_be_focused()
    press(shown, "ArrowUp")
    expect(shown.get_by_role("menuitem", name="Delete")).to_be_focused()
    press(shown, "Tab")
    expect(shown.get_by_role("menu")).to_have_count(0)
    button.focus()
    press(shown, "ArrowDown", "ArrowDown")
    expect(shown.get_by_role("menuitem", name="Copy")).to_be_focused()
    press(shown, " ")
    expect(shown).to_have_url("/?did=copy")


def test_modal(shown: Page) -> None:
    opener = shown.get_by_role("button", name="Delete…")
    dialog = shown.get_by_role("dialog", name="Are you sure?")
    for keys in (["Escape"], ["Enter"], ["Tab", "Enter"]):  # key, cross, button below
        opener.focus()
        press(shown, "Enter")
        expect(dialog).to_be_visible()
        expect(shown.get_by_role("button", name="Close")).to_be_focused()
        press(shown, *keys)
        expect(dialog).to_be_hidden()
        expect(opener).to_be_focused()
    opener.click()
    expect(dialog).to_be_visible()
    shown.mouse.click(5, 5)
    expect(dialog).to_be_hidden()


def test_alert_and_toast_go_and_give_the_focus_back(shown: Page) -> None:
    for where, name in (("hf-alert", "Dismiss"), ("hf-toast", "Dismiss")):
        shown.locator("#ask").focus()
        button = shown.locator(where).get_by_role("button", name=name)
        button.focus()
        press(shown, "Enter")
        expect(shown.locator(where)).to_have_count(0)
        expect(shown.locator("#ask")).to_be_focused()


def test_what_comes_later_works_as_what_was_there(page: Page) -> None:
    page.clock.install()
    page.goto("/")
    expect(page.get_by_role("tablist")).to_be_visible()
    page.click("#ask")
    region = page.get_by_role("region", name="Messages")
    expect(region.get_by_text("It came")).to_be_visible()
    expect(region).to_have_attribute("aria-live", "polite")
    tab(page, "One").focus()
    press(page, "ArrowRight")
    expect(page.get_by_role("tabpanel", name="Two")).to_be_visible()
    page.evaluate("hotframe.morph(more, more.innerHTML, {inner: true})")
    page.evaluate("hotframe.morph(tea, `<hf-tabs>${tea.innerHTML}</hf-tabs>`, {inner: true})")
    expect(page.get_by_role("tabpanel", name="Two")).to_be_visible()
    region.get_by_text("It came").hover()
    page.clock.run_for(61_000)
    expect(region.get_by_text("It came")).to_be_visible()
    page.mouse.move(0, 0)
    page.clock.run_for(61_000)
    expect(region.get_by_text("It came")).to_have_count(0)
    expect(region.get_by_text("Hello")).to_be_visible()


def test_table_and_pages(shown: Page) -> None:
    first = shown.locator("tbody tr").first
    expect(shown.get_by_role("table", name="Teas")).to_be_visible()
    for order, name in (("ascending", "Assam"), ("descending", "Sencha")):
        shown.get_by_role("link", name="Tea", exact=True).focus()
        press(shown, "Enter")
        expect(shown.get_by_role("columnheader", name="Tea")).to_have_attribute("aria-sort", order)
        expect(first).to_contain_text(name)
    pages = shown.get_by_role("navigation", name="Pages")
    pages.get_by_role("link", name="Next").focus()
    press(shown, "Enter")
    expect(shown).to_have_url("/?sort=-name&page=2")
    expect(pages.locator("[aria-current=page]")).to_have_text("2")


def test_without_javascript(plain: Page) -> None:
    for name, text in (("tea-1", "Light."), ("tea-2", "Three minutes."), ("delivery", "two days")):
        expect(plain.locator(f"#{name}")).to_contain_text(text)
        expect(plain.locator(f"#{name}").get_by_role("heading")).to_be_visible()
    plain.get_by_role("link", name="Delivery").focus()
    press(plain, "Enter")
    expect(plain).to_have_url("/#delivery")
    assert plain.get_by_role("button", name="Dismiss").count() == 0
    plain.get_by_role("button", name="Delete…").focus()
    press(plain, "Enter")
    dialog = plain.get_by_role("dialog", name="Are you sure?")
    expect(dialog).to_be_visible()
    press(plain, "Escape")
    expect(dialog).to_be_hidden()
    expect(plain.get_by_role("button", name="Delete…")).to_be_focused()
    press(plain, "Enter", "Enter")
    expect(dialog).to_be_hidden()
    plain.get_by_role("button", name="Actions").focus()
    press(plain, "Enter", "Tab", "Tab")
    expect(plain.get_by_role("link", name="Copy")).to_be_focused()
    press(plain, "Enter")
    expect(plain).to_have_url("/?did=copy")
    plain.get_by_role("link", name="Tea", exact=True).click()
    expect(plain.get_by_role("columnheader", name="Tea")).to_have_attribute(
        "aria-sort", "ascending"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, scheme: str) -> None:
    page.emulate_media(
        color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce"
    )
    for path, opened in (("/", ""), ("/", "Actions"), ("/", "Delete…"), (GALLERY, "")):
        page.goto(path)
        expect(page.get_by_role("tablist")).to_be_visible()
        if opened:
            page.get_by_role("button", name=opened).click()
        page.evaluate(AXE)
        assert page.evaluate(FOUND) == []


def test_nothing_is_wider_than_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    for path in ("/", GALLERY):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == 320
