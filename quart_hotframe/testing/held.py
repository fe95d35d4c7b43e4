"""What of the streams of pages is still held after a test."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from collections.abc import Iterator

from ..live.stream.streams import Streams
from ..live.topics.memory import MemoryBroker


def every() -> list[Streams]:
    """Return the streams of all apps in this process that were not collected."""
    return [one for one in gc.get_objects() if type(one) is Streams]


def held(apps: Iterable[Streams]) -> dict[tuple[object, ...], str]:
    """Return what apps hold, in words, by what it is known by.

    These are open streams, subscriptions of topics, and who is seen on topics.
    """
    return {key: text for one in apps for key, text in _held_by(one)}


def _held_by(streams: Streams) -> Iterator[tuple[tuple[object, ...], str]]:
    for one in streams:
        followed = ", ".join(map(repr, one.followed)) or "no topic"
        yield (id(one),), f"an open stream that follows {followed}"
    if isinstance(streams.broker, MemoryBroker):
        for follower, name in streams.broker.log.followers():
            yield (id(streams), name, follower), f"a subscription of the topic {name!r}"
    for topic, who in streams.presence:
        yield (id(streams), topic, who), f"somebody who is seen on the topic {topic!r}"
