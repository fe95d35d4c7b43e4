"""Files that somebody chooses on a page: they go to the server at once, in pieces."""

from __future__ import annotations

import secrets
from mimetypes import guess_type
from typing import Any
from typing import TYPE_CHECKING

from .instance import Instance
from .instance import Job
from .instance import TRIES
from .markup import Element
from .network import Piece

if TYPE_CHECKING:
    from .client import Client

PIECE = 256 * 1024
EVENT = "change_files"


def taking(place: Element, field: str) -> Element:
    """Return an element with which files are sent for a field.

    :raises AssertionError: there is none.
    """
    found = [one for one in place.all() if "hf-upload" in one.attributes]
    for one in found:
        if one.attributes["hf-upload"] == field:
            return one
    known = ", ".join(sorted({one.attributes["hf-upload"] for one in found})) or "none"
    raise AssertionError(f"Nothing here takes files for {field!r}. There are: {known}.")


def described(content: bytes, name: str, type: str | None) -> dict[str, Any]:
    """Return what a page says of a file; a browser guesses the type by the name, too."""
    kind = type if type is not None else guess_type(name)[0] or ""
    return {"mark": secrets.token_hex(11), "name": name, "type": kind, "size": len(content)}


async def upload(
    client: Client, one: Instance, field: str, file: dict[str, Any], content: bytes, status: int
) -> dict[str, Any]:
    """Send a file, and return the body of the last answer."""
    args = {"field": field, "files": [file]}
    body = await client.answered(client.send(one, Job(EVENT, args)), status)
    if status != 200 or field in body["result"].get("errors", {}):
        return body
    await _bring(client, one, file["mark"], content)
    return await client.answered(client.send(one, Job(EVENT, {**args, "arrived": True})), 200)


async def _bring(client: Client, one: Instance, mark: str, content: bytes) -> None:
    at = tries = 0
    while at < len(content) and tries < TRIES:
        piece = Piece(client.mark, one.id, mark, at, content[at : at + PIECE])
        answer = await client.network.send(piece)
        told = (answer.body or {}).get("at", 0) if answer is not None else 0
        at, tries = (told, 0) if told > at else (at, tries + 1)
        if answer is not None and 400 <= answer.status < 500 and answer.status not in (409, 429):
            return
