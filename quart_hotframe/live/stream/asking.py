"""Asking anew, while a stream is open, whether its visitor may still follow."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from typing import TYPE_CHECKING

from ...errors import AuthenticationRequired
from ...errors import PermissionDenied
from ..topics.table import TopicsKind
from .rights import Denied
from .rights import require
from .stream import Stream

if TYPE_CHECKING:
    from .streams import Streams

log = logging.getLogger("quart_hotframe.live")

STOPPED = {"reason": "stopped", "retry": None}
"""The goodbye for who may not follow any more."""
RELOAD = {"reason": "reload", "retry": None}
"""The goodbye where the page itself is not what it was."""
SOON = {"reason": "reload", "retry": 1000}
"""The goodbye for who is asked when coming back."""


class Asking:
    """Asks for one stream after the other, so that many do not cost much at once."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._due: dict[Stream, None] = {}
        self._runs = False

    def ask(self, stream: Stream) -> None:
        """Ask for a stream soon, and end it unless its visitor may go on."""
        stream.checked = self._streams.clock()
        self._due[stream] = None
        if not self._runs:
            self._runs = True
            self._streams.runtime.spawn(self._run())

    async def _run(self) -> None:
        try:
            while self._due:
                stream = next(iter(self._due))
                del self._due[stream]
                if not stream.ends:
                    await self._decide(stream)
        finally:
            self._runs = False

    async def _decide(self, stream: Stream) -> None:
        try:
            bye = await self._objection(stream)
        except Exception:  # without an answer nobody goes on; the client comes back and is asked
            log.exception("It could not be asked whether a visitor may go on to follow %s.",
                          ", ".join(stream.followed))  # fmt: skip
            bye = SOON
        if bye is not None:
            stream.end(bye)

    async def _objection(self, stream: Stream) -> Mapping[str, Any] | None:
        runtime, visitor = self._streams.runtime, stream.visitor
        async with visitor.again(runtime.app):
            table = runtime.visible().kinds[TopicsKind.name]
            if any(table.find(name) is None for name in stream.followed):
                return RELOAD
            if not await visitor.is_known():
                return visitor.farewell()
            try:
                await require(table, stream.followed)
                if stream.instances is not None:
                    await stream.instances.require()
            except AuthenticationRequired:
                return visitor.farewell()
            except PermissionDenied:
                return STOPPED
            except Denied as denied:
                return visitor.farewell() if denied.anonymous else STOPPED
        return None
