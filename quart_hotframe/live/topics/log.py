"""The last messages of all topics, within limits, for who comes a little later."""

from __future__ import annotations

from collections import deque
from collections import OrderedDict
from collections.abc import Callable

from .broker import Message

ENTRY = 1500
"""Bytes that a message takes beside its text, perhaps as the only one of its topic, at the most."""


Follower = Callable[["Topic"], object]


class Entry:
    """One message.

    :param number: rising over all topics.
    """

    __slots__ = ("message", "number", "text", "time", "topic")

    def __init__(self, topic: Topic, number: int, text: str, time: float) -> None:
        self.topic = topic
        self.number = number
        self.text = text
        self.time = time
        self.message: Message | None = None

    @property
    def size(self) -> int:
        """Bytes that it takes, roughly."""
        return ENTRY + len(self.text)


class Topic:
    """The last messages of one topic.

    ``first`` counts the messages that were dropped before those that are there; ``dropped`` is the
    number of the last one of them; ``followers`` are told of new ones.
    """

    __slots__ = ("dropped", "entries", "first", "followers", "name")

    def __init__(self, name: str, dropped: int) -> None:
        self.name = name
        self.entries: deque[Entry] = deque()
        self.first = 0
        self.dropped = dropped
        self.followers: dict[Follower, None] = {}

    @property
    def end(self) -> int:
        """The place after the last message."""
        return self.first + len(self.entries)

    def after(self, number: int) -> int:
        """Return the place of the first message that is there with a greater number."""
        place = self.end
        for entry in reversed(self.entries):
            if entry.number <= number:
                break
            place -= 1
        return place

    def drop_first(self) -> Entry:
        """Take the oldest message out."""
        entry = self.entries.popleft()
        self.first += 1
        self.dropped = entry.number
        return entry


class Log:
    """Keeps messages until there are too many, or they are too old.

    :param most_bytes: of all topics together.
    :param most_messages: of one topic.
    :param longest: seconds for which a message is kept.
    :param clock: seconds that never go back.
    """

    def __init__(
        self, most_bytes: int, most_messages: int, longest: float, clock: Callable[[], float]
    ) -> None:
        self._room = most_bytes
        self._most_messages = most_messages
        self._longest = longest
        self._clock = clock
        self._topics: dict[str, Topic] = {}
        self._entries: OrderedDict[int, Entry] = OrderedDict()
        self._forgotten = 0
        self.number = 0
        """The number of the last message."""

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def topics(self) -> int:
        """How many topics there are."""
        return len(self._topics)

    def followers(self) -> list[tuple[Follower, str]]:
        """Return who follows, with the name of the topic."""
        return [(one, name) for name, topic in self._topics.items() for one in topic.followers]

    def topic(self, name: str) -> Topic:
        """Return a topic, which is there from now on until :meth:`let_go`."""
        found = self._topics.get(name)
        if found is None:
            found = self._topics[name] = Topic(name, self._forgotten)
        return found

    def let_go(self, topic: Topic) -> None:
        """Forget a topic that has no messages and no followers."""
        if not topic.entries and not topic.followers and self._topics.get(topic.name) is topic:
            del self._topics[topic.name]
            self._forgotten = max(self._forgotten, topic.dropped)

    def append(self, name: str, text: str) -> Topic:
        """Keep a message, and return its topic."""
        topic, now = self.topic(name), self._clock()
        self.number += 1
        entry = Entry(topic, self.number, text, now)
        topic.entries.append(entry)
        self._entries[entry.number] = entry
        self._room -= entry.size
        if len(topic.entries) > self._most_messages:
            self._drop(topic)
        while self._entries and self._is_over(next(iter(self._entries.values())), now):
            self._drop(next(iter(self._entries.values())).topic)
        return topic

    def _is_over(self, oldest: Entry, now: float) -> bool:
        return self._room < 0 or now - oldest.time > self._longest

    def _drop(self, topic: Topic) -> None:
        """Drop the oldest message of a topic."""
        entry = topic.drop_first()
        del self._entries[entry.number]
        self._room += entry.size
        self.let_go(topic)
