"""Addresses that only lead somewhere, and run nothing."""

from __future__ import annotations

import re
from html import unescape

SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms"})
"""Schemes of addresses that only lead somewhere."""

_LEFT_OUT = re.compile(r"[\t\n\r]|^[\x00-\x20]+")
"""What browsers take out of an address before they look at its scheme."""
_SCHEME = re.compile(r"([^/?#:]*):")


def safe_link(address: str | None) -> str | None:
    """Return an address, or ``None`` if it is none or could run code, as ``javascript:…`` does.

    >>> safe_link("/tea?page=2"), safe_link("JavaScript:alert(1)")
    ('/tea?page=2', None)
    """
    if not address:
        return None
    text = unescape(address) if hasattr(address, "__html__") else address  # markup keeps entities
    text = _LEFT_OUT.sub("", text)
    scheme = _SCHEME.match(text)
    return text if scheme is None or scheme[1].lower() in SCHEMES else None
