"""The view that pages send their events to."""

from __future__ import annotations

import logging
import traceback
from typing import Any
from typing import cast

from quart import current_app
from quart import request
from quart import Response
from werkzeug.exceptions import RequestEntityTooLarge

from ..globals import current_hotframe
from ..runtime.runtime import Runtime
from ..security.bodies import body_of
from ..security.bodies import limit_body
from ..templating.encoding import members
from ..templating.flashes import patches_for_flashes
from .dispatching import Dispatch
from .facade import Live
from .reading import read
from .reading import Sent
from .refusing import BadSnapshot
from .refusing import Gone
from .refusing import NeedSnapshot
from .refusing import Refused

log = logging.getLogger("quart_hotframe.live")

ENDPOINT = "hotframe.live"
RULE = "/hotframe/live"
ROOM = 64 * 1024
"""Bytes of a request beside the snapshot."""


async def answer() -> Response:
    """Answer one request of a page."""
    live: Live = current_hotframe.live
    try:
        return answer_with(200, await _answered(live))
    except Refused as refused:
        return refusal(refused)
    except NeedSnapshot:
        return answer_with(409, {"need": "snapshot"})
    except Gone:
        return answer_with(410, {"gone": True})


async def _answered(live: Live) -> dict[str, Any]:
    sent = await _sent(live)
    found = live.find(sent.component)
    act_for(current_hotframe.runtime, found.owner)
    held = live.residents.at(await live.binding(), sent.page, sent.id)
    try:
        kind: Any = found.kind
        answered = await Dispatch(live, kind, held, sent).answer()
        answered["patches"] += await _flashes()
        return answered
    except BadSnapshot:
        await live.rights.count_forgery()
        raise
    except (Refused, NeedSnapshot, Gone):
        raise
    except Exception as error:
        log.exception("The event %r of %r failed.", sent.event, sent.component)
        raise _failed(error) from error


async def _flashes() -> list[dict[str, Any]]:
    """Return what shows the messages that the handler has flashed."""
    return [members(one) for one in await patches_for_flashes(())]


async def _sent(live: Live) -> Sent:
    asked = cast(Any, request)._get_current_object()
    if asked.headers.get("HF-Request") != "live" or asked.mimetype != "application/json":
        raise Refused(400, "malformed", "This address is for pages with live components.")
    try:
        limit_body(asked, 3 * live.sizes.most + ROOM)
        return read(await body_of(asked))
    except RequestEntityTooLarge:
        raise Refused(413, "too_large", "This is too large.") from None


def act_for(runtime: Runtime, owner: str) -> None:
    """Let the request count as one of the module whose code answers it."""
    pin = runtime.pin.get()
    if pin is not None and owner in runtime.visible().contributions:
        pin.owner = owner


def _failed(error: Exception) -> Refused:
    if not current_app.debug:
        return Refused(500, "failed", "That did not work. Nothing was changed.")
    refused = Refused(500, "failed", f"{type(error).__name__}: {error}")
    refused.body["error"]["traceback"] = "".join(traceback.format_exception(error))
    return refused


def refusal(refused: Refused) -> Response:
    """Return the answer that says why something is refused."""
    response = answer_with(refused.status, refused.body)
    response.headers.update(refused.headers)
    return response


def answer_with(status: int, body: dict[str, Any]) -> Response:
    """Return an answer in JSON."""
    response = cast(Response, current_app.json.response(body))
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
