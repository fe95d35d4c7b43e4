"""Which part of a page a request asks for, and by which headers it says so."""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from .ids import is_id

FRAME_HEADERS = ("HF-Request", "HF-Frame")
HTMX_HEADERS = ("HX-Request", "HX-Request-Type", "HX-Boosted", "HX-History-Restore-Request")
PART_HEADERS = (*FRAME_HEADERS, *HTMX_HEADERS, "Turbo-Frame")
"""What :func:`part_asked` looks at, apart from ``HX-Target``, which only gives a name."""


class Part(NamedTuple):
    """A part of a page that is asked for.

    ``client`` is ``"hotframe"``, ``"htmx"`` or ``"turbo"``; ``name`` the id of the frame or of the
    target, ``""`` when the client does not say.
    """

    client: str
    name: str


def part_asked(headers: Any) -> Part | None:
    """Return what part of a page is asked for, ``None`` for the whole.

    :param headers: those of the request.
    """
    name = headers.get("HF-Frame", "")
    if is_id(name) or headers.get("HF-Request") == "frame":
        return Part("hotframe", name if is_id(name) else "")
    if htmx_wants_part(headers):
        return Part("htmx", target_of_htmx(headers) or "")
    name = headers.get("Turbo-Frame", "")
    return Part("turbo", name) if is_id(name) and name != "_top" else None


def htmx_wants_part(headers: Any) -> bool:
    """Say whether htmx puts the answer into a part of its page."""
    if "HX-Request" not in headers or headers.get("HX-Request-Type") == "full":
        return False
    return "HX-Boosted" not in headers and "HX-History-Restore-Request" not in headers


def target_of_htmx(headers: Any) -> str | None:
    """Return the id of the element that htmx fills, as htmx 2 or, after a ``#``, htmx 4 says it."""
    said = headers.get("HX-Target", "")
    name = said.partition("#")[2] if "HX-Request-Type" in headers else said
    return name if is_id(name) else None
