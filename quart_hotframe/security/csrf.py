"""Whether a request was sent by a page of another site.

Browsers say it themselves, in ``Sec-Fetch-Site`` and ``Origin``, which no page can forge. So no
form needs a token, and a handler sees its form as it was sent. It is the way of Go's
``net/http.CrossOriginProtection``; different from there, the whole origin is compared, and a
client that sends neither header needs a token as soon as it shows who it is.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import Any

from .csrf_tokens import is_valid
from .csrf_tokens import NAME
from .origins import own_origin
from .origins import parsed_origin

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Verdict(Enum):
    """What the headers of a request say about its sender."""

    OWN = "an own page, or no page"
    OTHER = "a page of another site"
    UNKNOWN = "no browser of today, with credentials that a browser may have added"


def judge(request: Any, trusted: Collection[str]) -> Verdict:
    """Return who sent a request.

    :param request: any request of Werkzeug or Quart.
    :param trusted: origins whose pages may do what own pages may.
    """
    headers = request.headers
    site, sender = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if site in ("same-origin", "none"):
        return Verdict.OWN
    if sender is not None:
        known = parsed_origin(sender)
        own = known is not None and (
            known in trusted or (site is None and known == own_origin(request))
        )
        return Verdict.OWN if own else Verdict.OTHER
    if site is not None:
        return Verdict.OTHER
    credentials = "Cookie" in headers or "Authorization" in headers
    return Verdict.UNKNOWN if credentials else Verdict.OWN


async def has_token(request: Any) -> bool:
    """Say whether a request has a valid token, in its header or in its form."""
    token = request.headers.get(NAME)
    if token is None and getattr(request, "mimetype", "") in _FORMS:
        token = (await request.form).get(NAME)
    return token is not None and is_valid(token)
