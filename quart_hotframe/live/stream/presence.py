"""Who follows which topics now."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

MOST_LEAVING = 10_000
"""Most visitors whose leaving is held back; the first of more leave at once."""
TOPIC = "presence:"
"""How the topics begin on which presence is told; no other topic has a colon."""
Publish = Callable[[str, str], None]


class _Person:
    __slots__ = ("shown", "streams")

    def __init__(self, shown: Any) -> None:
        self.shown = shown
        self.streams = 0


class Presence:
    """Knows who follows the topics whose declaration has ``presence=``, in this process.

    :param publish: publishes JSON on a topic, without waiting.
    :param grace: seconds in which who comes back has not left.
    """

    def __init__(self, publish: Publish, grace: float, clock: Callable[[], float]) -> None:
        self._publish = publish
        self._grace = grace
        self._clock = clock
        self._topics: dict[str, dict[str, _Person]] = {}
        self._leaving: OrderedDict[tuple[str, str], float] = OrderedDict()

    def join(self, topic: str, who: str, shown: Any) -> None:
        """Count one more stream of somebody; others are told of the first one.

        :param who: tells people apart.
        :param shown: what others see.
        """
        people = self._topics.setdefault(topic, {})
        person = people.get(who)
        if person is None:
            person = people[who] = _Person(shown)
            self._tell(topic, {"joined": who, "shown": shown})
        person.streams += 1
        self._leaving.pop((topic, who), None)

    def leave(self, topic: str, who: str) -> None:
        """Count one stream less; the last one has left after a while."""
        person = self._topics[topic][who]
        person.streams -= 1
        if not person.streams:
            self._leaving[topic, who] = self._clock() + self._grace
            if len(self._leaving) > MOST_LEAVING:
                self._gone(*next(iter(self._leaving)))

    def look(self) -> None:
        """Tell who has left and did not come back; called now and then."""
        now = self._clock()
        while self._leaving:
            one, until = next(iter(self._leaving.items()))
            if until > now:
                break
            self._gone(*one)

    @property
    def is_watching(self) -> bool:
        """Whether somebody may still come back."""
        return bool(self._leaving)

    def present(self, topic: str) -> Mapping[str, Any]:
        """Return what is shown of those who follow a topic."""
        people = self._topics.get(topic, {})
        return {who: person.shown for who, person in people.items()}

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter([(topic, who) for topic, people in self._topics.items() for who in people])

    def end(self) -> None:
        """Forget who could have come back: there is nobody left to tell."""
        while self._leaving:
            self._forget(*next(iter(self._leaving)))

    def _gone(self, topic: str, who: str) -> None:
        self._forget(topic, who)
        self._tell(topic, {"left": who})

    def _forget(self, topic: str, who: str) -> None:
        del self._leaving[topic, who]
        people = self._topics[topic]
        del people[who]
        if not people:
            del self._topics[topic]

    def _tell(self, topic: str, content: Mapping[str, Any]) -> None:
        self._publish(TOPIC + topic, json.dumps(content, separators=(",", ":")))
