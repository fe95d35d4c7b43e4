"""Files that are served under the checksum of their content, and those that components bring."""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from hashlib import sha384

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
