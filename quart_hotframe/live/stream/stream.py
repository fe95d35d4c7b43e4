"""One open stream: what it follows, what it sends, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any
from typing import TYPE_CHECKING

from ..topics.broker import Delivery
from ..topics.broker import Message
from ..topics.broker import Subscription
from .channel import Channel
from .encoding import BEAT
from .encoding import frame
from .encoding import identified
from .encoding import message
from .encoding import written
from .following import Followed
from .instances import Instances
from .presence import TOPIC as PRESENCE

if TYPE_CHECKING:
    from ...runtime.connection import Connection
    from .rights import Visitor
    from .streams import Streams


class Stream:
    """What one client has open. ``visitor`` is who asked for it.

    :param followed: topics by name.
    """

    def __init__(
        self, streams: Streams, visitor: Visitor, followed: Mapping[str, Followed]
    ) -> None:  # fmt: skip
        self._streams = streams
        self.visitor = visitor
        self.followed = followed
        self._written = {name: written(one.given) for name, one in followed.items()}
        self._clock = streams.clock
        self._awake = asyncio.Event()
        self.channel = Channel(
            streams.settings.stream_queue_bytes, streams.settings.stream_queue_frames,
            streams.settings.stream_stall, self._awake.set, streams.clock,
        )  # fmt: skip
        self.instances: Instances | None = None
        """The live components of the page, if it has any."""
        self._bye: Mapping[str, Any] | None = None
        self._beats = False
        self.connection: Connection | None = None
        """Where it goes, while it is open."""
        self.sending_since: float | None = None
        """Since when the server has what was sent last, and did not ask for more."""
        self.quiet_since = self.checked = streams.clock()
        """When something was sent last, and when rights were asked last."""

    @property
    def ends(self) -> bool:
        """Whether it was told to end."""
        return self._bye is not None

    def wake(self) -> None:
        """Let it look for what there is to send."""
        self._awake.set()

    def beat(self) -> None:
        """Let it show that it lives."""
        self._beats = True
        self.wake()

    def end(self, bye: Mapping[str, Any]) -> None:
        """Say goodbye and end; the first goodbye counts."""
        if self._bye is None:
            self._bye = bye
            self.wake()

    async def frames(self) -> AsyncIterator[str]:
        """Yield what is sent, until it ends."""
        self._streams.opened(self)
        try:
            hearing = self.instances.listening() if self.instances else nullcontext()
            following = self._streams.broker.subscribe(self._cursors(), self.wake)
            async with following as messages:
                with hearing:
                    text: str | None = self.opening()
                    while text is not None:
                        yield self._sent(text)
                        self.sending_since = None
                        text = await self._next(messages)
                    yield self._sent(frame("bye", self._bye))
        finally:
            self._streams.closed(self)

    def _cursors(self) -> dict[str, str]:
        """Return where topics go on, with those on which presence is told from now on."""
        now = self._streams.broker.position()
        shared = {PRESENCE + name: now for name, one in self.followed.items() if one.who}
        return {name: one.cursor for name, one in self.followed.items()} | shared

    def opening(self) -> str:
        """Return the first frames."""
        cursors = {one.given: one.cursor for one in self.followed.values()}
        present = [self._present(name) for name, one in self.followed.items() if one.who]
        instances = self.instances.opening() if self.instances else {}
        return "".join([frame("open", {"cursors": cursors, "instances": instances}), *present])

    def delivered(self, delivery: Delivery) -> str:
        """Return the frame for what a topic brought."""
        if delivery.topic.startswith(PRESENCE):
            return self._presence(delivery.topic.removeprefix(PRESENCE), delivery)
        if isinstance(delivery, Message):
            return message(delivery, self._written[delivery.topic])
        given = self.followed[delivery.topic].given
        return frame("missed", {"topic": given, "cursor": delivery.cursor})

    def _presence(self, name: str, delivery: Delivery) -> str:
        if not isinstance(delivery, Message):
            return self._present(name)
        told = {"topic": self.followed[name].given, "name": name, **delivery.payload}
        return frame("presence", told)

    def _present(self, name: str) -> str:
        present = self._streams.presence.present(name)
        given = self.followed[name].given
        return frame("presence", {"topic": given, "name": name, "present": present})

    async def _next(self, messages: Subscription) -> str | None:
        """Return what comes next, or ``None`` when it ends."""
        while self._bye is None:
            self._awake.clear()
            if self.channel.has_any and (text := await self._change()) is not None:
                return text
            if (delivery := messages.next()) is not None:
                return self.delivered(delivery)
            if self._beats:
                return BEAT
            await self._awake.wait()
        return None

    async def _change(self) -> str | None:
        """Return what tells of a change of a live component, if there is one."""
        if (text := self.channel.next()) is not None:
            return text
        behind = self.channel.behind()
        if behind is None or self.instances is None:
            return None
        return await self.instances.render(behind)

    def _sent(self, text: str) -> str:
        self._beats = False
        self.sending_since = self.quiet_since = self._clock()
        return text


class PublicStream(Stream):
    """A stream for ``EventSource``, which remembers where it was by the id of the last event."""

    def opening(self) -> str:
        """Return where it begins, which is no event."""
        self._places = {name: one.cursor for name, one in self.followed.items()}
        return f"{identified(self._id)}\n"

    @property
    def _id(self) -> str:
        return ",".join(self._places.values())

    def delivered(self, delivery: Delivery) -> str:
        """Return the event, with all cursors as its id."""
        self._places[delivery.topic] = delivery.cursor
        if isinstance(delivery, Message):
            return message(delivery, self._written[delivery.topic], self._id)
        content = {"topic": delivery.topic, "cursor": delivery.cursor}
        return frame("missed", content, self._id)
