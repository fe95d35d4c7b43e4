"""The field with the token, for clients that do not say where a request comes from."""

from __future__ import annotations

from markupsafe import Markup
from quart import has_request_context
from quart import request
from quart import session

from ..security.csrf_tokens import csrf_token
from ..security.csrf_tokens import NAME


def token_field() -> Markup:
    """Return the hidden field, empty where nobody will ask for it.

    Browsers of today need none. Making one begins a session, so it is made for those alone who do
    not say where they come from, and who have something that a browser adds by itself.
    """
    if not has_request_context() or "Sec-Fetch-Site" in request.headers:
        return Markup()
    if not ("Cookie" in request.headers or "Authorization" in request.headers or session):
        return Markup()
    return Markup('<input type="hidden" name="{}" value="{}">').format(NAME, csrf_token())
