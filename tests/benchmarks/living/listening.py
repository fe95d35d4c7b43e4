"""What those send who listen to a stream, and what is published for them.

This file needs nothing but Python.
"""

from __future__ import annotations

import json

from .visitors import BROWSER
from .visitors import PAGE
from .visitors import Request

STREAMS = 2000
SIZE = 500
"""Bytes that are published."""
TIMES = 11
"""How often; the first one is not counted."""
FIRST = b"event: open"
PATHS = {"plain": "/stream", "hotframe": "/hotframe/live/stream"}


def stream_of(kind: str) -> Request:
    """Return what opens the stream of a page that follows a public topic."""
    content = {"page": PAGE, "topics": {"public:news": None}, "instances": {}}
    body = json.dumps(content).encode()
    own = (
        ("content-type", "application/json"), ("content-length", str(len(body))),
        ("hf-request", "live"),
    )  # fmt: skip
    return Request("POST", PATHS[kind], (*BROWSER, *own), body)


def publishing(number: int) -> tuple[Request, bytes]:
    """Return what publishes a text, and how that ends."""
    mark = f"#{number:04}#".encode()
    body = b"x" * (SIZE - len(mark)) + mark
    own = (("content-type", "text/plain"), ("content-length", str(len(body))))
    return Request("POST", "/publish", (*BROWSER, *own), body), mark
