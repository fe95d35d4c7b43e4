"""The views that open streams."""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable
from typing import Any
from typing import cast

from quart import request
from quart import Response
from werkzeug.exceptions import RequestEntityTooLarge

from ...errors import TokenInvalid
from ...globals import current_hotframe
from ...security.bodies import limit_body
from ..answering import refusal
from ..facade import Live
from ..refusing import BadSnapshot
from ..refusing import Refused
from ..topics.names import is_topic
from .following import anybody
from .following import Followed
from .following import followed_by
from .instances import Instances
from .reading import cursors
from .reading import Opening
from .reading import read
from .rights import Visitor
from .stream import PublicStream
from .stream import Stream
from .streams import TooMany

ENDPOINT = "hotframe.stream"
RULE = "/hotframe/live/stream"
PUBLIC_ENDPOINT = "hotframe.topics"
PUBLIC_RULE = "/hotframe/topics"
ROOM = 64 * 1024
"""Bytes of a request beside the snapshots."""
AGAIN = "5"
"""Seconds after which who was refused may come back."""


async def open_stream() -> Response:
    """Open the stream of a page: topics that it was given, and its live components."""
    return await _answered(_open)


async def open_public_stream() -> Response:
    """Open a stream of public topics, for ``EventSource`` and programs."""
    return await _answered(_open_public)


async def _open(live: Live) -> Response:
    opening = await _sent(live)
    visitor = await Visitor.of_request()
    followed = await _followed(live, visitor, opening)
    stream = Stream(live.streams, visitor, followed)
    if opening.instances:
        stream.instances = Instances(live, visitor, stream.channel)
        await _attach(live, stream.instances, opening)
    return _streamed(live, stream)


async def _attach(live: Live, instances: Instances, opening: Opening) -> None:
    try:
        await instances.attach(opening.page, opening.instances)
    except BadSnapshot:
        await live.rights.count_forgery()
        raise


async def _sent(live: Live) -> Opening:
    asked, settings = cast(Any, request)._get_current_object(), live.settings
    if asked.headers.get("HF-Request") != "live" or asked.mimetype != "application/json":
        raise Refused(400, "malformed", "This address is for pages with live components.")
    limit_body(asked, settings.stream_max_bytes)
    try:
        body = await asked.get_data()
    except RequestEntityTooLarge:
        raise Refused(413, "too_large", "This is too large.") from None
    return read(body, settings.stream_topics, settings.live_instances)


async def _followed(live: Live, visitor: Visitor, opening: Opening) -> dict[str, Followed]:
    try:
        return await followed_by(visitor, live.topics, opening.topics)
    except TokenInvalid as error:
        await live.rights.count_forgery()
        raise Refused(403, "bad_topic", str(error)) from None


async def _open_public(live: Live) -> Response:
    names = [*dict.fromkeys(request.args.getlist("topic"))]
    if not 0 < len(names) <= live.settings.stream_topics or not all(map(is_topic, names)):
        raise Refused(400, "malformed", "Write for example ?topic=prices&topic=news.")
    wanted = cursors(request.headers.get("Last-Event-ID"), names)
    stream = PublicStream(live.streams, Visitor(), anybody(live.topics, wanted))
    return _streamed(live, stream)


def _streamed(live: Live, stream: Stream) -> Response:
    try:
        live.streams.admit(stream)
    except TooMany as error:
        again = {"Retry-After": AGAIN}
        raise Refused(error.status, "limit", str(error), headers=again) from None
    body: Any = "" if request.method == "HEAD" else stream.frames()
    response = Response(body, content_type="text/event-stream; charset=utf-8")
    response.headers["Cache-Control"] = "no-store, no-transform"
    response.headers["X-Accel-Buffering"] = "no"
    response.timeout = None
    return response


async def _answered(answer: Callable[[Live], Awaitable[Response]]) -> Response:
    try:
        return await answer(current_hotframe.live)
    except Refused as refused:
        return refusal(refused)
