"""All open streams of one process: how many there may be, how they live, and how they end."""

from __future__ import annotations

import asyncio
import logging
import random
import signal
import time
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
from contextlib import suppress
from weakref import WeakSet

from ...config import Settings
from ...runtime.generation import Generation
from ...runtime.goodbye import Goodbye
from ...runtime.runtime import Runtime
from ..topics.broker import Broker
from ..topics.table import TopicsKind
from ..topics.table import TopicTable
from .asking import Asking
from .presence import Presence
from .renewal import Renewal
from .stream import Stream
from .transports import abort
from .transports import Listening

log = logging.getLogger("quart_hotframe.live")

TICK = 0.2
"""Seconds between two looks at whether the server ends."""
TICKS = 5
"""After how many of them all streams are looked at."""
GOODBYE = 0.5
"""Seconds that clients have to take a goodbye at the end."""
BACK = (250, 5000)
"""Milliseconds between which clients come back after a restart, so that not all come at once."""


class TooMany(Exception):
    """No further stream can be opened now.

    :param status: 429 where this visitor has too many, 503 where all have.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Streams:
    """The open streams of one app in one process.

    :param broker: brings the messages of topics.
    """

    def __init__(
        self, runtime: Runtime, settings: Settings, broker: Broker,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.runtime = runtime
        self.settings = settings
        self.broker = broker
        self.clock = clock
        self._admitted: WeakSet[Stream] = WeakSet()
        self._open: dict[Stream, None] = {}
        self.presence = Presence(self._publish_soon, settings.presence_grace, clock)
        self._table = TopicTable()
        self._asking = Asking(self)
        self._renewal = Renewal(self)
        self._goodbye = Goodbye(self._asked_to_end, (signal.SIGTERM, signal.SIGINT))
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watching: asyncio.Task[None] | None = None
        self._ending = False

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Stream]:
        return iter([*self._open])

    # -- opening ---------------------------------------------------------------------------------

    def admit(self, stream: Stream) -> None:
        """Count a stream, from now until it is closed or forgotten.

        :raises TooMany: there are as many as there may be.
        """
        self._refuse_too_many(stream)
        self._admitted.add(stream)

    def _refuse_too_many(self, new: Stream) -> None:
        if self._ending:
            raise TooMany(503, "The server ends. Try again.")
        if len(self._admitted) >= self.settings.streams:
            raise TooMany(503, "There are too many streams. Try again soon.")
        visitor, settings = new.visitor, self.settings
        others = [one.visitor for one in self._admitted]
        if sum(one.address == visitor.address for one in others) >= settings.streams_per_address:
            raise TooMany(429, "There are too many streams from this address.")
        if visitor.generation is None:
            return
        own = sum(one.generation == visitor.generation for one in others)
        if own >= settings.streams_per_session:
            raise TooMany(429, "There are too many streams in this session: close some pages.")

    def opened(self, stream: Stream) -> None:
        """Take note that a stream begins."""
        stream.connection = self.runtime.pin.get()  # type: ignore[assignment]
        self._open[stream] = None
        for name, one in stream.followed.items():
            if one.who is not None and one.shown is not None:
                self.presence.join(name, one.who, one.shown)
        self._goodbye.arm(True)
        if self._watching is None:
            self._loop = asyncio.get_running_loop()
            self._watching = self.runtime.spawn(self._watch())

    def closed(self, stream: Stream) -> None:
        """Take note that a stream has ended."""
        del self._open[stream]
        self._admitted.discard(stream)
        stream.connection = None
        for name, one in stream.followed.items():
            if one.who is not None and one.shown is not None:
                self.presence.leave(name, one.who)
        self._rest()

    def _rest(self) -> None:
        """Cost nothing while no stream is open, and nobody may come back."""
        if self._open:
            return
        self._goodbye.arm(False)
        if self.presence.is_watching and not self._ending:
            return
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    def _publish_soon(self, topic: str, text: str) -> None:
        self.runtime.spawn(self.broker.publish(topic, text))

    # -- while they are open ---------------------------------------------------------------------

    async def _watch(self) -> None:
        listening = Listening()
        while not listening.has_ended():
            for _ in range(TICKS):
                await asyncio.sleep(TICK)
                if listening.has_ended():
                    break
            else:
                self.look()
        self._end_soon()

    def look(self) -> None:
        """Let quiet streams show that they live, end those that are stuck, ask for rights anew."""
        now, settings = self.clock(), self.settings
        self.presence.look()
        self._rest()
        stuck: list[Stream] = []
        for stream in self:
            if _is_stuck(stream, now - settings.stream_stall):
                log.info("A client did not take what was sent within %g s.", settings.stream_stall)
                stuck.append(stream)
            elif now - stream.quiet_since >= settings.stream_heartbeat:
                stream.beat()
            if now - stream.checked >= settings.stream_recheck:
                self._asking.ask(stream)
        break_off(stuck)

    def login_ended(self, what: str, value: str) -> None:
        """Ask at once those whose login it may be; a listener of ``hotframe.sessions.ended``."""
        for stream in self:
            if stream.visitor.is_of(what, value):
                if what == "user":
                    self._asking.ask(stream)
                else:
                    stream.end(stream.visitor.farewell())

    def published(self, generation: Generation) -> None:
        """Let streams take note of what has changed; called with each generation."""
        self.renew()
        table: TopicTable = generation.kinds[TopicsKind.name]
        changed = {*table.declarations} ^ {*self._table.declarations}
        self._table = table
        if not changed or not self._open:
            return
        differing = TopicTable([*changed])
        for stream in self:
            if any(differing.find(name) is not None for name in stream.followed):
                self._asking.ask(stream)

    def renew(self) -> None:
        """Let all streams show what modules have brought, and tell what they have taken along."""
        self._renewal.begin()

    # -- the end ---------------------------------------------------------------------------------

    def serve(self) -> None:
        """Open streams from now on."""
        self._ending = False

    def _asked_to_end(self) -> None:
        """Begin to end, from a signal handler, because servers wait for streams first."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop was just closed
                self._loop.call_soon_threadsafe(self._end_soon)

    def _end_soon(self) -> None:
        self.runtime.spawn(self.stop())

    async def stop(self) -> None:
        """Say goodbye to all, and break off those that do not take it."""
        self._ending = True
        for stream in self:
            stream.end({"reason": "shutdown", "retry": random.randint(*BACK)})
        if not await self._are_closed():
            break_off([*self])
            await self._are_closed()
        self.presence.end()

    async def _are_closed(self) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE):
                while self._open:
                    await asyncio.sleep(0.01)
        return not self._open


def break_off(streams: Collection[Stream]) -> None:
    """End streams whose clients take nothing any more."""
    connections = [one.connection for one in streams if one.connection is not None]
    clients = [one.scope.get("client") for one in connections if one.scope is not None]
    for connection in connections:
        connection.break_off()
    abort({(one[0], one[1]) for one in clients if one})


def _is_stuck(stream: Stream, since: float) -> bool:
    return stream.sending_since is not None and stream.sending_since <= since
