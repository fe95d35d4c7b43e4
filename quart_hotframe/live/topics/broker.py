"""What carries messages from those who publish to those who follow a topic."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from collections.abc import Callable
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """What was published.

    :param topic: its name.
    :param cursor: where to go on after it.
    :param text: the payload as JSON.
    """

    topic: str
    cursor: str
    text: str

    @property
    def payload(self) -> Any:
        """The payload."""
        return json.loads(self.text)


@dataclass(frozen=True, slots=True)
class Missed:
    """Messages are not there any more, so whoever follows reads the truth anew.

    :param topic: its name.
    :param cursor: where to go on.
    """

    topic: str
    cursor: str


Delivery = Message | Missed


class Subscription(Protocol):
    """Messages of some topics, in the order of each topic, each once.

    It keeps no messages itself: who follows slowly is told what it has :class:`Missed`.
    """

    def next(self) -> Delivery | None:
        """Return what comes next, or ``None`` when nothing is there yet."""
        ...

    def __aiter__(self) -> AsyncIterator[Delivery]:
        """Return itself."""
        ...

    async def __anext__(self) -> Delivery:
        """Wait for what comes next."""
        ...


class Broker(Protocol):
    """Carries messages. A cursor is text without spaces that only its broker understands."""

    async def publish(self, topic: str, text: str) -> str:
        """Give a message to all who follow its topic, and return the cursor after it.

        It waits for no one who follows.
        """
        ...

    def position(self) -> str:
        """Return a cursor, good for any topic, after which all comes that is published from now on.

        It is asked at the begin of each request, so it must be there at once.
        """
        ...

    def subscribe(
        self, cursors: Mapping[str, str | None], notify: Callable[[], object] | None = None
    ) -> AbstractAsyncContextManager[Subscription]:
        """Follow topics.

        :param cursors: topics, and where to go on; ``None`` is now. They may come from clients.
        :param notify: called in the event loop when there is something to take.
        """
        ...

    async def close(self) -> None:
        """Let go of connections. It can go on."""
        ...
