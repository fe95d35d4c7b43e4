"""A form with errors, rows and a file, with the client and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import expect
from playwright.sync_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.xdist_group("client"),
]
SITE = "tests.browser.client.forms:app"
NASTY = '<b>"Anna'


def fill_in(page: Page) -> None:
    """Order two things: what is wrong is told, and what was typed stays."""
    page.goto("/order")
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Note").fill(NASTY)
    page.get_by_role("button", name="Add: Lines").click()
    product = page.locator("#order-lines-0-product")
    expect(product).to_be_focused()
    product.fill("Tea")
    page.get_by_role("button", name="Add: Lines").click()
    page.locator("#order-lines-1-product").fill("Cup")
    page.locator("#order-lines-1-count").fill("3")
    page.get_by_role("button", name="Remove: Lines 1").click()
    expect(page.locator("#order-lines-0-product")).to_have_count(0)
    expect(page.locator("#order-lines-1-product")).to_have_value("Cup")
    page.get_by_label("Name").press("Enter")

    summary = page.locator("#order-summary")
    expect(summary).to_be_focused()
    expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Name")).to_have_accessible_description(
        "With a capital letter This is not in the form that is asked for."
    )
    expect(page.get_by_label("Name")).to_have_value("anna")
    expect(page.get_by_label("Note")).to_have_value(NASTY)
    summary.get_by_role("link").click()
    page.get_by_label("Name").fill("Anna")
    page.get_by_label("Photo").set_input_files(
        {"name": "a.txt", "mimeType": "text/plain", "buffer": b"content"}
    )
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#thanks")).to_have_text(f"Anna: 3 Cup; {NASTY}; content")


def test_a_form_in_a_frame(page: Page, complaints: list[str]) -> None:
    loads: list[str] = []
    page.on("request", lambda one: loads.append(one.url) if one.is_navigation_request() else None)
    fill_in(page)
    assert len(loads) == 1
    refused = [one for one in complaints if "422" in one]
    assert len(refused) == 4
    complaints[:] = [one for one in complaints if "422" not in one and "utofocus" not in one]


def test_a_form_without_javascript(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(10_000)
    fill_in(page)
    context.close()


def filters(page: Page) -> None:
    """Look for teas: the address says which, and leads back to them."""
    teas = page.get_by_role("listitem").filter(has_not=page.get_by_role("link"))
    page.goto("/teas")
    expect(teas).to_have_text(["Assam", "Sencha", "Gyokuro"])
    page.get_by_label("Words").fill("a")
    page.get_by_label("Most").fill("20")
    page.get_by_role("button", name="Show").click()
    expect(teas).to_have_text(["Assam", "Sencha"])
    expect(page).to_have_url(re.compile(r"/teas\?words=a&most=20$"))
    shared = page.url
    page.get_by_label("Most").fill("")
    page.get_by_label("Words").fill("gy")
    page.get_by_label("Words").press("Enter")
    expect(teas).to_have_text(["Gyokuro"])
    page.locator("form").evaluate("form => form.noValidate = true")
    page.get_by_label("Most").fill("0")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#wish-summary")).to_be_focused()
    expect(page.get_by_label("Most")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Words")).to_have_value("gy")
    page.goto(shared)
    expect(teas).to_have_text(["Assam", "Sencha"])
    expect(page.get_by_label("Most")).to_have_value("20")


def test_a_list_is_filtered_in_one_page(page: Page, complaints: list[str]) -> None:
    loads: list[str] = []
    page.on("request", lambda one: loads.append(one.url) if one.is_navigation_request() else None)
    filters(page)
    assert len(loads) == 2  # those of the test
    complaints[:] = [one for one in complaints if "422" not in one and "utofocus" not in one]


def test_a_list_is_filtered_without_javascript(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(10_000)
    filters(page)
    context.close()
