"""What a client that opens a stream sends: read with care, since anybody can send anything."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from typing import NamedTuple

from ...templating.ids import is_id
from ..reading import is_page
from ..reading import is_version
from ..reading import members_of
from ..reading import object_in
from ..refusing import Refused
from ..topic_events import LOST

_CURSOR = re.compile(r"[\w.:-]{1,100}", re.ASCII)


class Wanted(NamedTuple):
    """What a page knows of one live component.

    :param cursor: where topics were when it was made.
    """

    component: str
    handle: str | None
    snapshot: str | None
    version: int
    cursor: str | None


class Opening(NamedTuple):
    """What a page wants to follow.

    :param page: its id.
    :param instances: its live components, by id.
    :param topics: cursors by signed topic; ``None`` is now.
    """

    page: str
    instances: dict[str, Wanted]
    topics: dict[str, str | None]


def read(body: bytes, most_topics: int, most_instances: int) -> Opening:
    """Return what a page sends.

    :raises Refused: it is no such thing, or too much.
    """
    found = members_of(body)
    page = found.get("page")
    if not is_page(page):
        raise Refused(400, "malformed", "'page' is none.")
    topics = _few(found, "topics", most_topics)
    instances = _few(found, "instances", most_instances)
    if not topics and not instances:
        raise Refused(400, "malformed", "There is nothing to follow.")
    wanted = {id: _wanted(id, one) for id, one in instances.items()}
    return Opening(str(page), wanted, {name: cursor(one) for name, one in topics.items()})


def _wanted(id: str, given: Any) -> Wanted:
    found = given if isinstance(given, dict) else {}
    texts = (found.get("component"), found.get("handle") or "", found.get("snapshot") or "")
    version = found.get("version", 0)
    if not is_id(id) or not all(isinstance(one, str) for one in texts) or not is_version(version):
        raise Refused(400, "malformed", f"'instances' has something else at {id!r:.100}.")
    name, handle, snapshot = texts
    at = cursor(found.get("cursor"))
    return Wanted(str(name), handle or None, snapshot or None, version, at)


def cursor(given: Any) -> str | None:
    """Return a cursor that came from a client."""
    if given is None:
        return None
    return given if isinstance(given, str) and _CURSOR.fullmatch(given) else LOST


def cursors(given: str | None, topics: Iterable[str]) -> dict[str, str | None]:
    """Return cursors by topic, from the id of the last event that a client got."""
    names = [*topics]
    parts = given.split(",") if given else [None] * len(names)
    if len(parts) != len(names):  # the address has other topics than before
        parts = [LOST] * len(names)
    return dict(zip(names, map(cursor, parts), strict=True))


def _few(found: dict[str, Any], name: str, most: int) -> dict[str, Any]:
    value = object_in(found, name)
    if len(value) > most:
        raise Refused(422, "limit", f"There are more than {most} {name}.")
    return value
