"""Events of a component that come from topics, while a page listens."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from functools import partial
from typing import Any
from typing import TYPE_CHECKING

from ..errors import TopicError
from ..hooks.names import has_wildcard
from ..hooks.names import matches
from .described import described
from .event import Event
from .refusing import Gone
from .refusing import NeedSnapshot
from .resuming import fields_of
from .running import call
from .running import nothing
from .shape import Misfit
from .stream.presence import TOPIC as PRESENCE
from .topics.broker import Delivery
from .topics.broker import Message
from .topics.broker import Missed
from .topics.broker import Subscription
from .topics.names import check_topic
from .unasked import change
from .unasked import follow
from .unasked import made

if TYPE_CHECKING:
    from .facade import Live
    from .held import Held

log = logging.getLogger("quart_hotframe.live")

MOST = 10_000
"""Instances of which it is remembered how far they have followed."""
LOST = "?"
"""A cursor that no broker made: whoever has it is told to have missed something."""


class Positions:
    """How far instances have followed their topics, so that no message is handled twice."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, dict[str, str]] = OrderedDict()

    def of(self, held: Held, given: str) -> dict[str, str]:
        """Return the cursors of an instance, by topic; ``""`` is where it goes on elsewhere.

        :param given: the cursor that the page was rendered with.
        """
        known = self._known.get(held.key)
        if known is None:
            known = self._known[held.key] = {"": LOST if held.version else given}
        self._known.move_to_end(held.key)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return known


class TopicEvents:
    """Follows the topics of one instance.

    :param cursor: where topics were when its page was made.
    """

    def __init__(self, live: Live, held: Held, cursor: str) -> None:
        self._live = live
        self._held = held
        self._name = held.record.component
        self._waits = self._stopped = False
        self._own: list[str] = []
        self._task: asyncio.Task[None] | None = None
        if self._events() or self._kind()._hotframe_follows:
            self._cursors = live.positions.of(held, cursor)
            # It sees what is current, so that no version of the module waits for it.
            self._task = live.runtime.spawn(self._run())

    def stop(self) -> None:
        """End it; a message that is being handled is handled to its end, for it counts as heard."""
        self._stopped = True
        if self._task is not None and self._waits:
            self._task.cancel()

    def _kind(self) -> Any:
        return self._live.find(self._name).kind

    def _events(self) -> list[Event]:
        events = described(self._kind()).events.values()
        return [one for one in events if one.follows is not None]

    async def _run(self) -> None:
        if self._stopped:
            return
        try:
            elsewhere, now = self._cursors[""], self._live.topics.broker.position()
            if elsewhere == LOST:  # what is kept may have been handled, so it goes on from here
                self._cursors[""] = elsewhere = now
                await self._take(Missed("", now))
            topics = await self._topics()
            for one in topics:
                if one.startswith(PRESENCE):  # nobody is told of those who were there before
                    await self._take(Missed(one, now))
            cursors = {one: self._cursors.get(one, elsewhere) for one in topics}
            async with self._live.topics.broker.subscribe(cursors) as messages:
                while not self._stopped:
                    await self._take(await self._next(messages))
        except (Gone, NeedSnapshot):
            return
        except TopicError as error:
            log.error("%r follows no topic: %s", self._name, error)
        except Exception:
            log.exception("%r follows no topic: what it needs to begin has failed.", self._name)

    async def _next(self, messages: Subscription) -> Delivery:
        self._waits = True
        try:
            return await anext(messages)
        finally:
            self._waits = False

    async def _topics(self) -> list[str]:
        wanted = [str(one.follows) for one in self._events()]
        found = [one for one in wanted if not has_wildcard(one)]
        if self._kind()._hotframe_follows:
            self._own = [*self._kind()._hotframe_topics(fields_of(self._held.record, self._kind()))]
        if len(found) < len(wanted):
            component = await made(self._held)
            for name in component.topics():
                both = name, PRESENCE + name
                found += [one for one in both if any(_covers(p, one) for p in wanted)]
        return [*self._own, *map(self._checked, found)]

    def _checked(self, followed: str) -> str:
        name = check_topic(followed.removeprefix(PRESENCE))
        if name != followed and self._live.topics.table().audience(name).presence is None:
            raise TopicError(
                f"Nobody is seen on the topic {name!r}: declare it with "
                f"authorise({name!r}, presence=…)."
            )
        return followed

    async def _take(self, delivery: Delivery) -> None:
        self._cursors[delivery.topic] = delivery.cursor
        try:
            with self._live.runtime.pinned(self._name.partition(":")[0]):
                await self._handle(delivery)
        except (Gone, NeedSnapshot):
            raise
        except Exception:
            log.exception("%r could not take what was published on %r.",
                          self._name, delivery.topic)  # fmt: skip

    async def _handle(self, delivery: Delivery) -> None:
        if delivery.topic.startswith(PRESENCE):
            name = delivery.topic.removeprefix(PRESENCE)
            await self._call(delivery.topic, [*self._live.streams.presence.present(name).values()])
        elif isinstance(delivery, Message) and delivery.topic in self._own:
            await follow(self._held, delivery.topic, delivery.payload)
        elif isinstance(delivery, Message):
            await self._call(delivery.topic, delivery.payload)
        else:
            self._held.state.forget()
            await change(self._held, nothing, reads=True)

    async def _call(self, topic: str, payload: Any) -> None:
        for event in self._events():
            if _covers(str(event.follows), topic):
                arguments = _arguments(event, payload)
                await change(self._held, partial(call, event=event, arguments=arguments))


def _covers(pattern: str, topic: str) -> bool:
    return pattern.startswith(PRESENCE) == topic.startswith(PRESENCE) and matches(pattern, topic)


def _arguments(event: Event, payload: Any) -> dict[str, Any]:
    """Return the arguments of a handler, which takes the payload or nothing."""
    try:
        return event.arguments.check(dict.fromkeys(event.arguments.names, payload))
    except Misfit as error:
        raise ValueError(f"The event {event.name!r} cannot take the payload: {error}") from None
