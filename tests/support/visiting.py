"""Those who come to the example site: visitors, and the operator."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from .bazaar import Bazaar

CSRF = re.compile(r'name="csrf" value="([^"]+)"')
NAMES = re.compile(r'class="card-name">([^<]*)<')
NOTES = re.compile(r'<div class="note[^>]*>(.*?)</div>', re.DOTALL)


@dataclass(frozen=True)
class Answer:
    """A page, and what one reads on it."""

    status: int
    path: str
    text: str

    @property
    def names(self) -> list[str]:
        """The names of the products that are listed."""
        return [html.unescape(name) for name in NAMES.findall(self.text)]

    @property
    def notes(self) -> list[str]:
        """What the site says about what was just done."""
        return [html.unescape(note) for note in NOTES.findall(self.text)]


class Visitor:
    """Somebody with a browser of their own, in which forms lead to the page that follows."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def opens(self, path: str, **query: Any) -> Answer:
        return _read(self.client.get(path, params=query or None))

    def sends(self, path: str, **form: Any) -> Answer:
        return _read(self.client.post(path, data=form))


class Operator(Visitor):
    """Sends the forms of the operator's page."""

    def __init__(self, client: httpx.Client, key: str) -> None:
        super().__init__(client)
        page = self.opens("/operate/enter", key=key)
        self.csrf = CSRF.findall(page.text)[0]

    def does(self, change: str, name: str = "reviews", file: str = "") -> str:
        """Make a change of the set of modules, and return what the page says about it."""
        form = {"csrf": self.csrf, "name": name, "file": file}
        return " ".join(self.sends(f"/operate/{change}", **form).notes)


@contextmanager
def browser(site: Bazaar) -> Iterator[httpx.Client]:
    """Give a browser without cookies."""
    headers = {"Sec-Fetch-Site": "same-origin"}
    with httpx.Client(
        base_url=site.address, headers=headers, follow_redirects=True, timeout=30
    ) as client:
        yield client


def _read(answer: httpx.Response) -> Answer:
    return Answer(answer.status_code, answer.url.path, answer.text)
