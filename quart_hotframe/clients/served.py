"""A file as it is served: plain and packed, with what names and secures it."""

from __future__ import annotations

import gzip

from quart import request
from quart import Response

from .checksums import integrity_of

YEAR = 31_536_000
"""Seconds that browsers keep a file: another one has another address."""


class Served:
    """One file.

    :param name: its name, which the address ends with.
    :param content: its bytes.
    """

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        self.plain = content
        self.packed = gzip.compress(content, 9, mtime=0)
        self.integrity = integrity_of(content)
        self.digest = self.integrity.removeprefix("sha384-")[:16].translate(_FOR_PATHS)
        self.is_style = name.endswith(".css")

    def response(self) -> Response:
        """Return the answer, packed for who can unpack it."""
        packed = request.accept_encodings["gzip"] > 0
        mimetype = "text/css" if self.is_style else "text/javascript"
        response = Response(self.packed if packed else self.plain, mimetype=mimetype)
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.vary.add("Accept-Encoding")
        if packed:
            response.content_encoding = "gzip"
        return response


_FOR_PATHS = str.maketrans("+/", "-_")
