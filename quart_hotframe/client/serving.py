"""The client on pages: where it is served, and the element that loads it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from markupsafe import Markup
from quart import abort
from quart import current_app
from quart import Quart
from quart import Response
from quart import url_for

from ..assets import HashedFile
from ..errors import SetupError
from ..security.csp import csp_nonce
from .build import BUILT

ENDPOINT = "hotframe.client"
RULE = "/hotframe/static/hotframe.<digest>.js"


@cache
def script() -> HashedFile:
    """Return the client of this version."""
    return HashedFile(BUILT.read_bytes(), "text/javascript")


def add_client(app: Quart) -> Callable[[], Markup]:
    """Add the route that serves the client, and return the template function for it."""
    app.add_url_rule(RULE, ENDPOINT, _serve)
    return hotframe_script


async def _serve(digest: str) -> Response:
    found = script()
    if digest != found.digest:
        abort(404)  # a page of another version: its integrity would refuse this file
    return found.respond()


def hotframe_script() -> Markup:
    """Return the ``<script>`` that loads the client, for the ``<head>`` of a page.

    ::

        <head>{{ hotframe_script() }}</head>

    It has the checksum of the file and the nonce of the page. In debug mode the client tells more
    in the browser's console.
    """
    found = script()
    return Markup('<script type="module" src="{}" integrity="{}" nonce="{}"{}></script>').format(
        url_for(ENDPOINT, digest=found.digest),
        found.integrity,
        csp_nonce(),
        Markup(" data-hf-debug") if current_app.debug else "",
    )


def refuse_script() -> Markup:
    """Say why there is no script, in an app that did not ask for the client."""
    raise SetupError("hotframe_script(): the client is not served. Set HOTFRAME_CLIENT = True.")
