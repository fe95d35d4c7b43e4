"""Server-sent events: how a frame is written, so that every client reads it as it was meant."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from ..topics.broker import Message

BEAT = ": beat\n\n"
"""A comment, which clients pass over; it shows that the stream lives."""
_LINES = re.compile("\r\n|\r|\n")
_FORBIDDEN = re.compile("[\r\n\0]")


def event(name: str, data: str, id: str | None = None) -> str:
    """Return one event.

    :param data: any text; its line breaks, of whatever kind, arrive as line feeds.
    :param id: what the client sends as ``Last-Event-ID`` when it comes back.
    :raises ValueError: name or id has a line break, with which it would be more than one field.
    """
    if _FORBIDDEN.search(name) or (id is not None and _FORBIDDEN.search(id)):
        raise ValueError(f"{name!r} or {id!r} has a line break.")
    lines = (data,) if "\n" not in data and "\r" not in data else _LINES.split(data)
    body = "".join([f"data: {line}\n" for line in lines])
    return f"event: {name}\n{identified(id)}{body}\n"


def identified(id: str | None) -> str:
    """Return the line with an id, if there is one."""
    return f"id: {id}\n" if id is not None else ""


def frame(name: str, content: Any, id: str | None = None) -> str:
    """Return an event whose data is JSON."""
    return event(name, written(content), id)


def message(found: Message, given: str, id: str | None = None) -> str:
    """Return the event of a message; its payload was written once for all who get it.

    :param given: the topic as the client was given it, as JSON.
    """
    data = f'{{"topic":{given},{_shared(found)}}}'
    return f"event: topic\ndata: {data}\n\n" if id is None else event("topic", data, id)


@lru_cache(maxsize=8)
def _shared(found: Message) -> str:
    """Return what is the same for all who get a message one after the other, on one line."""
    head = f'"name":{written(found.topic)},"cursor":{written(found.cursor)}'
    return f'{head},"payload":{_LINES.sub(" ", found.text)}'


def written(content: Any) -> str:
    """Return JSON without needless spaces."""
    return json.dumps(content, separators=(",", ":"), allow_nan=False)
