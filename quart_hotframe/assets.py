"""Files that are served under the checksum of their content, and those that components bring."""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha384
from typing import Any

from quart import request
from quart import Response

YEAR = 31_536_000
"""Seconds that browsers keep such a file: another one has another address."""
MARK = "data-hf-asset"
"""The first attribute of the elements that load what a component brings."""

_ELEMENT = re.compile(rf'<link {MARK}="[^"]*"[^>]*>|<script {MARK}="[^"]*"[^>]*></script>')


class HashedFile:
    """A file in memory, with what names, secures and packs it.

    :param content: the text, in UTF-8.
    :param mimetype: such as ``"text/css"``.
    """

    def __init__(self, content: bytes, mimetype: str) -> None:
        self.plain = content
        self.packed = gzip.compress(content, 9, mtime=0)
        self.mimetype = mimetype
        checksum = sha384(content).digest()
        self.digest = checksum[:8].hex()
        self.integrity = f"sha384-{b64encode(checksum).decode()}"

    def respond(self) -> Response:
        """Return the answer to the request, which browsers keep for good."""
        packed = request.accept_encodings["gzip"] > 0
        response = Response(self.packed if packed else self.plain, mimetype=self.mimetype)
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.vary.add("Accept-Encoding")
        if packed:
            response.content_encoding = "gzip"
        return response


def split_assets(html: str) -> tuple[list[str], str]:
    """Return the elements in HTML that load what components bring, and the HTML without them.

    >>> split_assets('<p><link data-hf-asset="app:card" href="…">Tea</p>')
    (['<link data-hf-asset="app:card" href="…">'], '<p>Tea</p>')
    """
    if MARK not in html:
        return [], html
    return _ELEMENT.findall(html), _ELEMENT.sub("", html)


class Piece:
    """A text that is rendered by itself, and has once what the components in it bring.

    It may be kept and shown elsewhere, so it does not count on what other pieces have.

    :param around: the piece in which this one is rendered, if there is one.
    """

    DEEPEST = 50
    """How many are around one at most: those that failed are never finished."""

    def __init__(self, around: Piece | None = None) -> None:
        self.depth: int = around.depth + 1 if around is not None else 0
        self.around = around if self.depth < self.DEEPEST else None
        self.has: set[Any] = set()


_piece: ContextVar[Piece | None] = ContextVar("hotframe_piece", default=None)


def is_first_use(what: Any) -> bool:
    """Say whether the piece that is rendered now has something for the first time."""
    piece = _piece.get()
    if piece is None:
        return True
    first = what not in piece.has
    piece.has.add(what)
    return first


def begin_piece() -> None:
    """Begin a piece within the one that is rendered now."""
    _piece.set(Piece(_piece.get()))


def end_piece() -> None:
    """End the piece that was begun last."""
    piece = _piece.get()
    _piece.set(piece.around if piece is not None else None)


@contextmanager
def apart(piece: bool = True) -> Iterator[None]:
    """Leave what is rendered now as it is, whatever is begun within and not ended.

    :param piece: whether what is rendered within is one piece.
    """
    around = _piece.get()
    token = _piece.set(Piece() if piece else around)
    try:
        yield
    finally:
        _piece.reset(token)
