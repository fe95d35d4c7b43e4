"""What the client of each side sends for an event, and keeps of its answer.

This file needs nothing but Python, because peers read it in environments of their own.
"""

from __future__ import annotations

import json
import re
from itertools import count
from typing import Any
from typing import NamedTuple
from typing import Protocol

from .board import attribute

PAGE = "benchmark_page_0000000"
ORIGIN = "http://127.0.0.1"
Headers = tuple[tuple[str, str], ...]
BROWSER: Headers = (
    ("host", "127.0.0.1"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"),
    ("accept", "*/*"),
    ("accept-language", "en"),
    ("origin", ORIGIN),
    ("sec-fetch-site", "same-origin"),
)
"""What a browser sends with each request of a script."""


class Request(NamedTuple):
    """One request."""

    method: str
    path: str
    headers: Headers
    body: bytes = b""


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def cookie(self) -> str:
        """The cookies that it sets, as the browser sends them."""
        return "; ".join(text.partition(";")[0] for name, text in self.headers
                         if name == "set-cookie")  # fmt: skip


class Visitor(Protocol):
    """Somebody who has the board open."""

    def page(self) -> Request:
        """Return what asks for the page."""
        ...

    def came(self, answer: Answer) -> None:
        """Take the page."""
        ...

    def vote(self, row: int) -> Request:
        """Return what votes for a row."""
        ...

    def voted(self, answer: Answer) -> str:
        """Take the answer to a vote, and return its HTML."""
        ...


class _Visitor:
    def __init__(self) -> None:
        self.cookie = ""

    def page(self) -> Request:
        return Request("GET", "/", BROWSER)

    def came(self, answer: Answer) -> None:
        self.cookie = answer.cookie
        self.take(answer.body.decode())

    def take(self, html: str) -> None:
        """Keep what events need of the page."""

    def post(self, path: str, content: Any, *headers: tuple[str, str]) -> Request:
        """Return a request with JSON."""
        body = json.dumps(content, separators=(",", ":")).encode()
        own = ("content-type", "application/json"), ("content-length", str(len(body)))
        cookie = (("cookie", self.cookie),) if self.cookie else ()
        return Request("POST", path, (*BROWSER, *own, *cookie, *headers), body)


class OfHotFrame(_Visitor):
    """Has the page of HotFrame."""

    component = "app:board"

    def take(self, html: str) -> None:
        found = re.search(f'<\\w+ id="([^"]*)" hf-live="{self.component}"[^>]*>', html)
        if found is None:
            raise LookupError(f"There is no {self.component!r} in {html}")
        self._id, self._handle = found[1], None
        self._snapshot = attribute(found[0], "hf-snapshot")
        self._seq, self._version = count(1), int(attribute(found[0], "hf-version"))

    def vote(self, row: int) -> Request:
        known = {"handle": self._handle} if self._handle else {"snapshot": self._snapshot}
        content = {
            "page": PAGE, "id": self._id, "component": self.component, "seq": next(self._seq),
            "version": self._version, **known, "set": {}, "event": "vote", "args": self.args(row),
            "url": "/",
        }  # fmt: skip
        return self.post("/hotframe/live", content, ("hf-request", "live"))

    def args(self, row: int) -> dict[str, Any]:
        """Return the arguments of the event."""
        return {"id": row}

    def voted(self, answer: Answer) -> str:
        found = json.loads(answer.body)
        self._version = found["version"]
        self._handle = found.get("handle", self._handle)
        self._snapshot = found.get("snapshot", self._snapshot)
        return "".join(one.get("html", "") for one in found["patches"])


class OfPlain(_Visitor):
    """Has the page of plain Quart."""

    def take(self, html: str) -> None:
        self._token = attribute(html, "data-token")

    def vote(self, row: int) -> Request:
        return self.post("/vote", {"id": row}, ("x-token", self._token))

    def voted(self, answer: Answer) -> str:
        return str(json.loads(answer.body)["html"])


class OfComponentFramework(_Visitor):
    """Has the page of component-framework, whose state travels."""

    def take(self, html: str) -> None:
        self._state = attribute(html, "data-state")

    def vote(self, row: int) -> Request:
        content = {"event": "vote", "payload": {"id": row}, "state": self._state}
        return self.post("/components/Board", content)

    def voted(self, answer: Answer) -> str:
        found = json.loads(answer.body)
        self._state = found["state"]
        return str(found["html"])


class OfRows(OfHotFrame):
    """Has the page of HotFrame where each row is a component, and votes for the first."""

    component = "app:wish"

    def args(self, row: int) -> dict[str, Any]:
        return {}


VISITORS: dict[str, type[Visitor]] = {
    "hotframe": OfHotFrame,
    "hotframe island": OfHotFrame,
    "hotframe rows": OfRows,
    "plain": OfPlain,
    "component-framework": OfComponentFramework,
}
"""Those whose events are requests."""


class OfSocket:
    """Sends events of the peer ``hotframe``, which go over a websocket."""

    path = "/ws/_live"

    def attach(self, rows: int) -> str:
        """Return what makes the component ready."""
        return _text({"t": "attach", "cid": "c-1", "name": "board", "props": {"count": rows}})

    def vote(self, row: int) -> str:
        """Return what votes for a row."""
        return _text({"t": "event", "cid": "c-1", "n": "vote", "p": row})

    def voted(self, text: str) -> str:
        """Return the HTML of what came back."""
        found = json.loads(text)
        if found["t"] != "patch":
            raise RuntimeError(f"The peer answered {text}")
        return str(found["html"])


def _text(content: Any) -> str:
    return json.dumps(content, separators=(",", ":"))
