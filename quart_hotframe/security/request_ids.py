"""A name for each request, which its answer and the lines of the log have in common."""

from __future__ import annotations

import logging
import random
import re
from typing import Any

from quart import has_request_context
from quart import has_websocket_context
from quart import request
from quart import websocket

HEADER = "HF-Request-Id"
"""The header of the answer."""
KEY = "hotframe.request_id"
"""Where a trusted proxy's name for the request stands in its scope."""

_WELL_FORMED = re.compile(rb"[A-Za-z0-9._-]{8,128}")


def request_id() -> str:
    """Return the name of this request, ``""`` outside of one.

    It is that of ``X-Request-Id`` when a trusted proxy sent it, else random.
    """
    if has_request_context():
        return id_of(request.scope)
    return id_of(websocket.scope) if has_websocket_context() else ""


def id_of(scope: Any) -> str:
    """Return the name of the request with this scope."""
    found: str | None = scope.get(KEY)
    if found is None:
        found = scope[KEY] = f"{random.getrandbits(64):016x}"  # a name and no secret
    return found


def adopt(scope: Any, value: bytes) -> None:
    """Take a name that a trusted proxy gave, when it is harmless in logs and headers."""
    if _WELL_FORMED.fullmatch(value):
        scope[KEY] = value.decode("ascii")


class RequestIdFilter(logging.Filter):
    """Gives each record of a log the attribute ``request_id``.

    ::

        handler.addFilter(RequestIdFilter())
        handler.setFormatter(logging.Formatter("%(request_id)s %(message)s"))
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Set the attribute; every record passes."""
        record.request_id = request_id() or "-"
        return True
