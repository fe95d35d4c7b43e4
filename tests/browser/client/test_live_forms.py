"""A form that lives, as somebody fills it in: with scripts and without."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Browser
from playwright.sync_api import expect
from playwright.sync_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.by_turns,
    pytest.mark.server,
    pytest.mark.xdist_group("client"),
]
SITE = "tests.browser.client.living_site:app"


def wrong(page: Page, *fields: str) -> None:
    """Wait until these fields are told to be wrong, and no others."""
    expect(page.locator("[aria-invalid]")).to_have_count(len(fields))
    for field in fields:
        expect(page.get_by_label(field, exact=True)).to_have_attribute("aria-invalid", "true")


def test_somebody_enrols(page: Page, address: str, complaints: list[str]) -> None:
    page.goto("/live/enrol")
    page.get_by_label("Age").fill("7")
    page.get_by_label("Age").blur()
    wrong(page, "Age")
    expect(page.locator(".hf-field-errors")).to_have_text("The number must be 18 or more.")
    expect(page.locator("b")).to_have_text("dirty")
    page.get_by_role("button", name="Save").click()
    wrong(page, "Name", "Age", "Word")
    expect(page.get_by_label("Name")).to_be_focused()
    page.get_by_label("Name").press_sequentially("Anna")
    httpx.get(f"{address}/test/lose", trust_env=False)
    page.get_by_label("Age").fill("41")
    page.get_by_label("News").uncheck()
    wrong(page, "Word")
    assert "409" in complaints.pop()  # the state was lost, and the page brought it back
    page.get_by_role("button", name="Add").click()
    guest = page.get_by_label("Name").nth(1)
    expect(guest).to_be_focused()
    guest.fill("Bo")
    page.get_by_label("Word").fill("sesame")
    page.get_by_label("Name").first.press("Enter")
    expect(page.locator("output")).to_have_text("1 Anna 41 False Bo")
    wrong(page)
    expect(page.locator("b")).to_have_text("")
    expect(page.get_by_label("Name").first).to_have_value("Anna")
    expect(page.get_by_label("Word")).to_have_value("")
    assert page.evaluate("document.querySelectorAll('[data-hf-dirty]').length") == 0


def test_somebody_enrols_without_scripts(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/live/enrol")
    page.get_by_label("Age").fill("7")
    page.get_by_role("button", name="Save").click()
    wrong(page, "Name", "Age", "Word")
    expect(page.get_by_label("Age")).to_have_value("7")
    page.get_by_label("News").uncheck()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_label("News")).not_to_be_checked()
    page.get_by_label("Name").nth(1).fill("Bo")
    page.get_by_label("Age").fill("41")
    page.get_by_label("Word").fill("sesame")
    page.get_by_label("Name").first.fill("Anna")
    page.get_by_label("Name").first.press("Enter")
    expect(page.locator("output")).to_have_text("1 Anna 41 False Bo")
    wrong(page)
    context.close()
