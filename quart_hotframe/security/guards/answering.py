"""What a visitor gets who was refused: the login page, a page that says so, or JSON."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote
from urllib.parse import urlencode
from urllib.parse import urlsplit

from quart import current_app
from quart import redirect
from quart import request
from quart import url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BuildError
from werkzeug.urls import iri_to_uri

from ...errors import AuthenticationRequired
from ...errors import ConfigurationError
from ...errors import nearest
from ...errors import PermissionDenied
from ...globals import current_hotframe
from ..accepting import wants_json
from .telling import log

FRAGMENTS = {"HX-Request": "HX-Redirect", "HF-Request": "HF-Redirect"}
"""Headers that say that a part of a page is asked for, and the one that leads the page away."""
MAX_NEXT = 2000
"""Most characters of the address to come back to."""

_URL = re.compile(r"(https?://[^/\\]|/(?![/\\]))[!-\[\]-~]*")
_ENDPOINT = re.compile(r"\w+(\.\w+)*")


def check_login_url(text: str) -> None:
    """Refuse a ``HOTFRAME_LOGIN_URL`` that leads nowhere.

    :raises ConfigurationError: it is neither a path, nor an http address, nor an endpoint.
    """
    if text and not _URL.fullmatch(text) and not _ENDPOINT.fullmatch(text):
        raise ConfigurationError(
            f"HOTFRAME_LOGIN_URL: {text!r} is no path, address or endpoint. Write for example "
            "'/login' or 'accounts.login'."
        )


def answer(error: AuthenticationRequired | PermissionDenied) -> None:
    """Give a refusal the answer that fits what was asked for."""
    leads = next((there for asks, there in FRAGMENTS.items() if asks in request.headers), None)
    login = _login(leads is not None) if isinstance(error, AuthenticationRequired) else None
    if leads is None and _wants_page():
        if login is not None:
            error.response = redirect(login, 303)
            exception: HTTPException = error
            exception.code = None  # no error page, so that handlers of errors leave it alone
        return
    error.response = _json(error)
    if leads is not None and login is not None:
        error.response.headers[leads] = login


def _json(error: AuthenticationRequired | PermissionDenied) -> Any:
    response: Any = current_app.json.response({"error": error.word})
    response.status_code = error.code
    response.headers.extend(one for one in error.get_headers() if one[0] != "Content-Type")
    return response


def _wants_page() -> bool:
    """Say whether a person sees the answer, who can be led elsewhere."""
    mode = request.headers.get("Sec-Fetch-Mode")
    if mode is not None:
        return mode == "navigate"
    return not wants_json(request)


def _login(in_fragment: bool) -> str | None:
    """Return the address of the login page, with that to come back to, unless this is it."""
    address = login_address()
    if address is None:
        return None
    place = urlsplit(address)
    if _is_here(place.netloc, place.path):
        return None
    if place.netloc:
        return address  # a path of ours says nothing there
    back = _address_to_come_back_to(in_fragment)
    query = "&".join(part for part in (place.query, back and urlencode({"next": back})) if part)
    return place._replace(query=query).geturl()


def _is_here(host: str, path: str) -> bool:
    return host in ("", request.host) and unquote(path) == request.root_path + request.path


def login_address() -> str | None:
    """Return where to sign in, or ``None`` where nothing says it."""
    wanted = current_hotframe.settings.login_url
    if not _ENDPOINT.fullmatch(wanted):
        return wanted or None
    try:
        return url_for(wanted)
    except BuildError:
        if current_hotframe.users.once.first("HOTFRAME_LOGIN_URL"):
            log.error("HOTFRAME_LOGIN_URL: there is no endpoint %r, so visitors get a 401.%s",
                      wanted, nearest(wanted, current_app.view_functions))  # fmt: skip
        return None


def _address_to_come_back_to(in_fragment: bool) -> str:
    """Return path and query of the page that was asked for or left, or ``""``; never elsewhere."""
    headers = request.headers
    if request.method in ("GET", "HEAD") and not in_fragment:
        return _own(iri_to_uri(request.url))
    return _own(headers.get("HX-Current-URL") or headers.get("Referer", ""))


def _own(address: str) -> str:
    try:
        own, place = urlsplit(request.host_url), urlsplit(address)
    except ValueError:
        return ""
    path = place._replace(scheme="", netloc="", fragment="").geturl()
    safe = _URL.fullmatch(path) and len(path) <= MAX_NEXT
    return path if safe and place[:2] == own[:2] else ""
