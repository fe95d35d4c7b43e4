"""Addresses in the starter set: those that may run code lead nowhere."""

from __future__ import annotations

from urllib.parse import parse_qsl
from urllib.parse import quote
from urllib.parse import urlencode
from urllib.parse import urlsplit

from quart import has_request_context
from quart import request

from ...pieces import refuse_if_kept
from ...security.links import safe_link


def link_with(address: str, name: str, value: object, *, without: str = "") -> str | None:
    """Return an address, or if it is ``""`` that of the request, with one value of its query set.

    The other values stay, but for that called *without*. The path is written out, because in a
    frame ``?page=2`` alone would lead elsewhere.
    """
    found = safe_link(address) if address else _address_of_request()
    if found is None:
        return None
    try:
        parts = urlsplit(found)
    except ValueError:  # as of http://[
        return None
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [one for one in query if one[0] not in (name, without)]
    return parts._replace(query=urlencode([*kept, (name, str(value))])).geturl()


def _address_of_request() -> str:
    if not has_request_context():
        return ""
    refuse_if_kept("The address of the request")
    path = quote(request.root_path + request.path).lstrip("/")  # //tea would be another site
    return f"/{path}?{request.query_string.decode('latin-1')}"
