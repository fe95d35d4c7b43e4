"""Redirects to a place that a visitor named, which stay on the own site."""

from __future__ import annotations

import re
from typing import Any

from quart import redirect
from quart import request

from .origins import own_origin
from .origins import parsed_origin

# Browsers drop tabs and line breaks anywhere, and controls and spaces at both ends; they read "\"
# as "/". So none of these may be there at all.
_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f-\x9f\\\ud800-\udfff]*")
_ABSOLUTE = re.compile(r"(https?://[A-Za-z0-9._:\[\]-]+)(/[^\x00-\x20\x7f-\x9f\\\ud800-\udfff]*)?")


def safe_redirect(target: str | None, fallback: str = "/", code: int = 303) -> Any:
    """Redirect to a target that came from outside, if it lies on this site.

    ::

        return safe_redirect(request.args.get("next"), url_for("index"))

    :param target: a path that begins with one ``/``, or an address of this very origin.
    :param fallback: where to go otherwise; it is yours and not checked.
    """
    if not target or not is_own(target, own_origin(request)):
        target = fallback
    return redirect(target, code)


def is_own(target: str, own: str) -> bool:
    """Say whether a target leads to an origin from a page of it, in every browser."""
    if _PATH.fullmatch(target):
        return True
    found = _ABSOLUTE.fullmatch(target)
    return found is not None and parsed_origin(found[1]) == own
