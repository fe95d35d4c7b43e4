"""What a request brings for a form, within the limits that Quart has for forms."""

from __future__ import annotations

from typing import Any

from werkzeug.exceptions import RequestEntityTooLarge

from ..security.bodies import limit_body
from .names import nest
from .names import Node

METHODS = ("POST", "PUT", "PATCH")
"""Methods whose requests bring a form."""


async def receive_form(request: Any) -> Node:
    """Return the fields and files of a form.

    :raises RequestEntityTooLarge: it has more than ``MAX_FORM_PARTS`` fields, or without files
        more than ``MAX_FORM_MEMORY_SIZE`` bytes.
    """
    if request.mimetype != "multipart/form-data":
        _limit(request)
    form, files = await request.form, await request.files
    return _nested(request, [*form.items(multi=True), *files.items(multi=True)])


def receive_query(request: Any) -> Node:
    """Return the fields in the address of a request.

    :raises RequestEntityTooLarge: it has more than ``MAX_FORM_PARTS`` fields.
    """
    return _nested(request, list(request.args.items(multi=True)))


async def receive_json(request: Any) -> bytes:
    """Return JSON as it was sent.

    :raises RequestEntityTooLarge: it has more than ``MAX_FORM_MEMORY_SIZE`` bytes.
    """
    _limit(request)
    data: bytes = await request.get_data()
    return data


def _nested(request: Any, pairs: list[tuple[str, Any]]) -> Node:
    most = request.max_form_parts
    if most is not None and len(pairs) > most:
        raise RequestEntityTooLarge()
    return nest(pairs)


def _limit(request: Any) -> None:
    limits = (request.max_form_memory_size, request.max_content_length)
    known = [one for one in limits if one is not None]
    if known:
        limit_body(request, min(known))
