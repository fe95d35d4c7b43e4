"""What kind of answer a client asks for."""

from __future__ import annotations

from typing import Any


def wants_json(asked: Any) -> bool:
    """Say whether a client asks for JSON rather than for HTML, or sent JSON.

    :param asked: the request.
    """
    best = asked.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return best == "application/json" or bool(asked.is_json)
