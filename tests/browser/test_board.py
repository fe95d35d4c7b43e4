"""Three people share the board of the tutorial, one of them without scripts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import expect
from playwright.sync_api import Locator
from playwright.sync_api import Page

from tests.support.bazaar import ROOT
from tests.support.bazaar import wait_for_answers
from tests.support.chromium import chromium
from tests.support.ports import free_port

pytestmark = [pytest.mark.browser, pytest.mark.server]


@contextmanager
def board(folder: Path) -> Iterator[str]:
    """Start the board as the tutorial says, and give its address."""
    port = str(free_port())
    command = [sys.executable, "-m", "quart", "--app", "examples/board/app", "run", "--port", port]
    variables = {**os.environ, "HOTFRAME_INSTANCE_FOLDER": str(folder), "PYTHONPATH": str(ROOT)}
    variables["HOTFRAME_PRESENCE_GRACE"] = "0.1"
    process = subprocess.Popen(
        command, cwd=ROOT, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for_answers(address := f"http://127.0.0.1:{port}")
        yield address
    finally:
        process.terminate()
        process.wait(20)


class Person:
    """Somebody who has the board open in a browser of their own."""

    def __init__(self, browser: Browser, address: str, *, scripts: bool = True) -> None:
        context = browser.new_context(base_url=address, java_script_enabled=scripts)
        self.complaints: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto("/")

    def card(self, column: str, title: str) -> Locator:
        return self.page.get_by_role("region", name=column).get_by_text(title, exact=True)

    def sees(self, column: str, title: str) -> None:
        expect(self.card(column, title)).to_be_visible()

    def presses(self, label: str) -> None:
        self.page.get_by_role("button", name=label, exact=True).click()

    def has_focus_on(self, label: str) -> None:
        expect(self.page.get_by_role("button", name=label, exact=True)).to_be_focused()


def test_all_see_what_one_of_them_does(tmp_path: Path, requires_chromium: str) -> None:
    expect.set_options(timeout=15_000)
    with board(tmp_path) as address, chromium(requires_chromium) as browser:
        ann, bob = Person(browser, address), Person(browser, address)
        carol = Person(browser, address, scripts=False)
        are_seen(ann, bob)
        works_with_the_keyboard(ann, bob)
        works_without_scripts(carol, ann, bob)
        leaves(bob, ann)
        # The browser asks for an icon that is not there.
        assert [text for text in ann.complaints + bob.complaints if "404" not in text] == []


def are_seen(*people: Person) -> None:
    for person in people:
        expect(person.page.get_by_text("2 people here")).to_be_visible()


def works_with_the_keyboard(ann: Person, bob: Person) -> None:
    press = ann.page.keyboard.press
    ann.page.get_by_label("New card").focus()
    for title in ("Buy tea", "Sweep"):
        ann.page.keyboard.type(title)
        press("Enter")
        bob.sees("To do", title)
        expect(ann.page.get_by_label("New card")).to_have_value("")
    bob.page.get_by_label("New card").fill("half wri")
    for _ in range(3):
        press("Tab")  # over Add and Rename to Delete
    press("Shift+Tab")
    ann.has_focus_on("Rename Buy tea")
    press("Enter")
    expect(ann.page.get_by_label("Title")).to_be_focused()
    press("End")
    ann.page.keyboard.type(" and mint")
    press("Enter")
    bob.sees("To do", "Buy tea and mint")
    ann.has_focus_on("Rename Buy tea and mint")
    press("Tab")
    press("Tab")
    press("Enter")
    bob.sees("Doing", "Buy tea and mint")
    ann.has_focus_on("Move Buy tea and mint to Done")
    press("Enter")
    bob.sees("Done", "Buy tea and mint")
    ann.has_focus_on("Rename Buy tea and mint")
    expect(bob.page.get_by_label("New card")).to_have_value("half wri")


def works_without_scripts(carol: Person, *others: Person) -> None:
    carol.page.get_by_label("New card").fill("Lock up")
    carol.presses("Add")
    carol.presses("Rename Lock up")
    carol.page.get_by_label("Title").fill("Lock the door")
    carol.presses("Save")
    carol.presses("Move Lock the door to Doing")
    for person in (carol, *others):
        person.sees("Doing", "Lock the door")
    carol.presses("Delete Sweep")
    for person in (carol, *others):
        expect(person.card("To do", "Sweep")).to_have_count(0)


def leaves(bob: Person, ann: Person) -> None:
    bob.page.context.close()
    expect(ann.page.get_by_text("1 person here")).to_be_visible()
