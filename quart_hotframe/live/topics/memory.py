"""A broker for one process."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from collections.abc import Mapping
from typing import Self

from .broker import Delivery
from .broker import Message
from .broker import Missed
from .log import Log
from .log import Topic


class MemoryBroker:
    """Carries messages within one process; a restart forgets them, and those who return are told.

    :param most_bytes: of the messages that are kept for who comes a little later.
    :param most_messages: that are kept of one topic.
    :param longest: seconds for which they are kept.
    :param clock: seconds that never go back.
    """

    def __init__(
        self, most_bytes: int, most_messages: int, longest: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.log = Log(most_bytes, most_messages, longest, clock)
        self._epoch = secrets.token_hex(4)

    async def publish(self, topic: str, text: str) -> str:
        """Give a message to all who follow; see the protocol."""
        found = self.log.append(topic, text)
        cursor = self.position()
        for tell in [*found.followers]:
            tell(found)
        return cursor

    def position(self) -> str:
        """Return the cursor of now; see the protocol."""
        return self.cursor(self.log.number)

    def cursor(self, number: int) -> str:
        """Return the cursor after a message."""
        return f"{self._epoch}-{number}"

    def number_of(self, cursor: str | None) -> int | None:
        """Return the number of the message that a cursor is after; ``None`` if it is not ours."""
        if cursor is None:
            return self.log.number
        epoch, _, number = cursor.partition("-")
        if epoch != self._epoch or not number.isdecimal() or len(number) > 18:
            return None
        return min(int(number), self.log.number)

    def subscribe(
        self, cursors: Mapping[str, str | None], notify: Callable[[], object] | None = None
    ) -> MemorySubscription:
        """Follow topics; see the protocol."""
        return MemorySubscription(self, cursors, notify)

    async def close(self) -> None:
        """Do nothing: there are no connections."""


class MemorySubscription:
    """Follows topics within the log of a broker; made by :meth:`MemoryBroker.subscribe`."""

    def __init__(
        self, broker: MemoryBroker, cursors: Mapping[str, str | None],
        notify: Callable[[], object] | None,
    ) -> None:  # fmt: skip
        self._broker = broker
        self._cursors = cursors
        self._notify = notify
        self._places: dict[Topic, int] = {}
        self._due: dict[Topic, None] = {}
        self._waiter: asyncio.Event | None = None

    async def __aenter__(self) -> Self:
        for name, cursor in self._cursors.items():
            topic = self._broker.log.topic(name)
            topic.followers[self._tell] = None
            number = self._broker.number_of(cursor)
            missed = number is None or number < topic.dropped
            self._places[topic] = -1 if missed else topic.after(number or 0)
            if missed or self._places[topic] < topic.end:
                self._due[topic] = None
        return self

    async def __aexit__(self, *error: object) -> None:
        for topic in self._places:
            topic.followers.pop(self._tell, None)
            self._broker.log.let_go(topic)
        self._places.clear()
        self._due.clear()

    def _tell(self, topic: Topic) -> None:
        self._due[topic] = None
        if self._waiter is not None:
            self._waiter.set()
        if self._notify is not None:
            self._notify()

    def next(self) -> Delivery | None:
        """Return what comes next, topics in turn; see the protocol."""
        topic = next(iter(self._due), None)
        if topic is None:
            return None
        del self._due[topic]
        place = self._places[topic]
        if place < topic.first:
            return self._missed(topic)
        if place >= topic.end:
            return self.next()
        entry = topic.entries[place - topic.first]
        self._go_on(topic, place + 1)
        if entry.message is None:  # who follows gets the same one
            entry.message = Message(topic.name, self._broker.cursor(entry.number), entry.text)
        return entry.message

    def _missed(self, topic: Topic) -> Missed:
        self._go_on(topic, topic.first)
        return Missed(topic.name, self._broker.cursor(topic.dropped))

    def _go_on(self, topic: Topic, place: int) -> None:
        self._places[topic] = place
        if place < topic.end:
            self._due[topic] = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Delivery:
        self._waiter = self._waiter or asyncio.Event()
        while (found := self.next()) is None:
            self._waiter.clear()
            await self._waiter.wait()
        return found
