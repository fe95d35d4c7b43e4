"""Chromium, driven by a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser
from playwright.sync_api import sync_playwright

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium(path: str, *without: str) -> Iterator[Browser]:
    """Start the browser that lies at *path*.

    :param without: arguments that Playwright gives it otherwise.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=list(ARGUMENTS), ignore_default_args=list(without)
        )
        try:
            yield browser
        finally:
            browser.close()
