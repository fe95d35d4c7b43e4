"""What a page sends: read with care, since anybody can send anything."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple
from typing import TYPE_CHECKING

from ..templating.ids import is_id
from .refusing import Refused

if TYPE_CHECKING:
    from quart.datastructures import FileStorage

DEEPEST = 20
"""How many lists and objects may be within each other."""
LARGEST = 2**63
"""Integers are smaller than this, as databases have them."""
COUNTED = 2**53
"""Versions and numbers of events are smaller than this: JavaScript counts no further."""

_PAGE = re.compile(r"[A-Za-z0-9_-]{22}")
_NAME = re.compile(r"[a-z][a-z0-9_]*:[a-z][a-z0-9_]*")


class Sent(NamedTuple):
    """One request of a page."""

    page: str
    id: str
    component: str
    seq: int
    version: int
    handle: str | None
    snapshot: str | None
    set: dict[str, Any]
    event: str | None
    args: dict[str, Any]
    url: str
    files: Mapping[str, Sequence[FileStorage]] = {}  # noqa: RUF012
    """What a form without JavaScript brings, by field."""


def read(body: bytes) -> Sent:
    """Return what a page sends.

    :raises Refused: it is no such thing.
    """
    found = members_of(body)
    sent = Sent(
        page=_text(found, "page"), id=_text(found, "id"), component=_text(found, "component"),
        seq=found.get("seq", 0), version=found.get("version", 0),
        handle=_text_or_none(found, "handle"), snapshot=_text_or_none(found, "snapshot"),
        set=object_in(found, "set"), event=_text_or_none(found, "event"),
        args=object_in(found, "args"), url=_text_or_none(found, "url") or "",
    )  # fmt: skip
    check(sent)
    return sent


def check(sent: Sent) -> None:
    """Go on if a request can be one of a page.

    :raises Refused: it cannot.
    """
    if not (is_page(sent.page) and is_id(sent.id) and _NAME.fullmatch(sent.component)):
        raise Refused(400, "malformed", "'page', 'id' or 'component' is none.")
    for name, value in (("set", sent.set), ("args", sent.args)):
        if problem := wrong_in(value):
            raise Refused(400, "bad_args", f"{name!r} {problem}.")
    if not (is_version(sent.seq) and is_version(sent.version)):
        raise Refused(400, "malformed", "'seq' and 'version' must be numbers.")


def members_of(body: bytes) -> dict[str, Any]:
    """Return the members of the JSON object that a page sends.

    :raises Refused: it is none.
    """
    from pydantic_core import from_json  # only where there are live components

    try:
        found = from_json(body, allow_inf_nan=False)
    except ValueError:
        raise Refused(400, "malformed", "This is no JSON.") from None
    if not isinstance(found, dict):
        raise Refused(400, "malformed", "This is no JSON object.")
    return found


def is_page(value: object) -> bool:
    """Say whether this can be the id that a page has made for itself."""
    return isinstance(value, str) and _PAGE.fullmatch(value) is not None


def is_version(value: object) -> bool:
    """Say whether this can be the version of an instance, or the number of an event."""
    return type(value) is int and 0 <= value < COUNTED


def object_in(found: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a member that is an object, which is empty where it is absent.

    :raises Refused: it is something else.
    """
    value = found.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refused(400, "malformed", f"{name!r} must be an object.")
    return value


def _text(found: dict[str, Any], name: str) -> str:
    value = _text_or_none(found, name)
    if value is None:
        raise Refused(400, "malformed", f"{name!r} is missing.")
    return value


def _text_or_none(found: dict[str, Any], name: str) -> str | None:
    value = found.get(name)
    if value is not None and not isinstance(value, str):
        raise Refused(400, "malformed", f"{name!r} must be a text.")
    return value


def wrong_in(value: Any, depth: int = 0) -> str:
    """Return what no handler should meet in a value, or ``""``."""
    if depth > DEEPEST:
        return "is too deep"
    if isinstance(value, str):
        return "has a null character" if "\0" in value else ""
    if isinstance(value, int):
        return "has a number that is too large" if abs(value) >= LARGEST else ""
    if isinstance(value, float):
        return "" if math.isfinite(value) else "has a number that is not finite"
    if isinstance(value, dict):
        return next(filter(None, (wrong_in(one, depth + 1) for pair in value.items()
                                  for one in pair)), "")  # fmt: skip
    if isinstance(value, list):
        return next(filter(None, (wrong_in(one, depth + 1) for one in value)), "")
    return ""
