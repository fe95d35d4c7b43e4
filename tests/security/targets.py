"""Targets of redirects: known tricks, and many made of their parts."""

from __future__ import annotations

import random

OTHERS = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example",
    "/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example",
    " https://evil.example", "https://evil.example", "https:evil.example", "https:/evil.example",
    "http:///evil.example", "http:\\\\evil.example", "http://localhost@evil.example",
    "http://evil.example\\@localhost", "http://localhost\\@evil.example",
    "http://localhost:80@evil.example", "http://user@localhost/", "http://localhost:81/",
    "https://localhost/", "http://localhost.evil.example/", "http://localhost#@evil.example",
    "http://localhost?@evil.example", "http:localhost", "javascript:alert(1)",
    "java\nscript:alert(1)", "\x01javascript:alert(1)", "data:text/html,x", "ftp://localhost/",
    "http://[::1]/", "http://localhost%2eevil.example", "/\x00/evil.example", "/\x85", "/a b",
    "evil", "?x", "#x", "http://", "http://localhost:/", "/\ud800",
]  # fmt: skip

PARTS = [
    "/", "//", "\\", "http:", "https:", "HTTP://", "//evil.example", "evil.example", "localhost",
    "127.0.0.1", "{origin}", "@", ":", ":80", ":443", "#", "?", ".", "..", "%2f", "%5c", "%00",
    "\t", "\n", "\r", "\0", " ", "\x0b", "\x1f", "\x7f", "\x85", "\xa0", "\u3000", "\uff0f",
    "\u2044", "\u3002", "\u00ad", "\ufeff", "a", "javascript:", "data:", "blob:", "[::1]", ";",
]  # fmt: skip


def made(origin: str, count: int) -> list[str]:
    """Return *count* targets, the same in each run."""
    chance = random.Random(4)
    texts = ("".join(chance.choices(PARTS, k=chance.randint(1, 6))) for _ in range(count))
    return [text.replace("{origin}", origin) for text in texts]
