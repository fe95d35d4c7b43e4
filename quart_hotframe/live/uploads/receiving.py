"""The view that pages send files to, piece by piece.

Each piece is a short request: the memory that a file takes does not depend on its size, a lost
piece is sent again alone, and neither a proxy that takes small bodies only nor a new version of the
module ends it.
"""

from __future__ import annotations

import re
from typing import Any
from typing import cast

from quart import request
from quart import Response
from werkzeug.exceptions import RequestEntityTooLarge

from ...globals import current_hotframe
from ...security.bodies import limit_body
from ...templating.ids import is_id
from ..answering import act_for
from ..answering import answer_with
from ..answering import refusal
from ..facade import Live
from ..reading import is_page
from ..refusing import Gone
from ..refusing import Refused
from ..residents import key_of
from .kept import Kept
from .uploads import TooMany

ENDPOINT = "hotframe.live_upload"
RULE = "/hotframe/live/upload"
LARGEST = 1024 * 1024
"""Most bytes of one piece."""
AGAIN = {"Retry-After": "5"}
_NUMBER = re.compile(r"[0-9]{1,16}")


async def receive() -> Response:
    """Take one piece, and say how much of its file is there."""
    live: Live = current_hotframe.live
    try:
        kept = await _asked_for(live)
        return answer_with(200, {"at": await _received(live, kept)})
    except Refused as refused:
        return refusal(refused)
    except Gone:
        return answer_with(410, {"gone": True})


async def _asked_for(live: Live) -> Kept:
    """Return the file that a piece is for, before the piece is read.

    :raises Refused: this session sends no such file, or may not.
    """
    page, id = request.args.get("page", ""), request.args.get("id", "")
    if request.headers.get("HF-Request") != "upload" or not (is_page(page) and is_id(id)):
        raise Refused(400, "malformed", "This address is for pages with live components.")
    key = key_of(await live.binding(), page, id)
    kept = live.uploads.of(key, request.args.get("file", ""))
    if kept is None:
        raise Gone
    found = live.find(kept.place.component)
    act_for(current_hotframe.runtime, found.owner)
    kind: Any = found.kind
    try:
        await live.rights.check_access(kind)
    except Refused:
        live.uploads.drop([kept])
        raise
    return kept


async def _received(live: Live, kept: Kept) -> int:
    at = request.args.get("at", "")
    if kept.busy.locked() or not _NUMBER.fullmatch(at) or int(at) != kept.arrived:
        raise Refused(409, "offset", "Another piece is wanted.", at=kept.arrived)
    async with live.uploads.working_on(kept):
        data = await _piece(live, kept)
        try:
            await live.uploads.write(kept, data)
        except TooMany as error:
            raise Refused(503, "limit", str(error), headers=AGAIN) from None
    return kept.arrived


async def _piece(live: Live, kept: Kept) -> bytes:
    """Return the piece.

    :raises Refused: it is empty, or has more than the rest of the file; then that is deleted.
    """
    asked = cast(Any, request)._get_current_object()
    try:
        limit_body(asked, min(LARGEST, kept.size - kept.arrived))
        data: bytes = await asked.get_data(cache=False)
    except RequestEntityTooLarge:
        live.uploads.drop([kept])
        raise Refused(413, "too_large", "This is more than the file was said to have.") from None
    if not data:
        raise Refused(400, "malformed", "This piece is empty.")
    return data
