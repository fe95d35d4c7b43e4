"""Origins, ``scheme://host[:port]``, as browsers write them."""

from __future__ import annotations

import re
from typing import Any

DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_SECURE = {"ws": "http", "wss": "https"}
_ORIGIN = re.compile(r"(https?)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")


def origin(scheme: str, host: str) -> str:
    """Return the origin of a scheme and a host with its port.

    >>> origin("wss", "Example.org:443")
    'https://example.org'
    """
    scheme = _SECURE.get(scheme, scheme)
    return f"{scheme}://{host.lower().removesuffix(DEFAULT_PORTS.get(scheme, ' '))}"


def own_origin(request: Any) -> str:
    """Return the origin under which a request reached this app."""
    return origin(request.scheme, request.host)


def parsed_origin(text: str) -> str | None:
    """Return an origin as browsers write it, ``None`` when the text is none."""
    found = _ORIGIN.fullmatch(text.lower())
    return origin(found[1], found[2] + (found[3] or "")) if found else None
