"""What views, tasks and hooks do with topics."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

from markupsafe import Markup
from quart import has_request_context
from quart import request

from ...config import Settings
from ...errors import TokenInvalid
from ...errors import TopicError
from ...runtime.runtime import Runtime
from .broker import Broker
from .broker import Subscription
from .declaring import Declaration
from .declaring import Declaring
from .memory import MemoryBroker
from .names import check_topic
from .signing import OPEN
from .signing import Signing
from .table import TopicsKind
from .table import TopicTable

POSITION = "hotframe.position"
"""The key of an ASGI scope under which the cursor of the begin of a request is."""


class Topics(Declaring):
    """The topics of one app.

    :param broker: carries the messages.
    """

    def __init__(
        self, runtime: Runtime, broker: Broker, signing: Signing, most_bytes: int
    ) -> None:  # fmt: skip
        super().__init__(self._declare_for_app)
        self._runtime = runtime
        self._signing = signing
        self._most_bytes = most_bytes
        self._own: tuple[Declaration, ...] = ()
        self.broker = broker

    def table(self) -> TopicTable:
        """Return the declarations that the caller sees."""
        found: TopicTable = self._runtime.visible().kinds[TopicsKind.name]
        return found

    async def publish(self, topic: str, payload: Any = None) -> str:
        """Tell all who follow a topic; it waits for none of them.

        ::

            await hotframe.live.publish("orders", {"id": order.id})

        Do it after the commit of what has changed, for example in ``db.on_commit``.

        :param payload: what JSON can hold; everybody who may follow the topic sees it.
        :returns: the cursor after the message.
        :raises TopicError: the name is badly written, or the payload is larger than
            ``HOTFRAME_TOPIC_MAX_BYTES``.
        :raises TypeError: JSON cannot hold the payload.
        :raises ValueError: it has numbers that JSON has not, such as NaN.
        """
        check_topic(topic)
        text = self._runtime.app.json.dumps(payload, allow_nan=False, separators=(",", ":"))
        size = len(text.encode())
        if size > self._most_bytes:
            raise TopicError(
                f"The message for {topic!r} would have {size} bytes, and "
                f"{self._most_bytes} are allowed: publish what has changed, and let readers fetch "
                "it, or raise HOTFRAME_TOPIC_MAX_BYTES."
            )
        return await self.broker.publish(topic, text)

    def subscribe(self, *topics: str) -> AbstractAsyncContextManager[Subscription]:
        """Follow topics in Python, whoever may follow them elsewhere.

        ::

            async with hotframe.live.subscribe("orders") as messages:
                async for message in messages: ...

        Each is a :class:`~quart_hotframe.live.topics.Message`, or one that says that some were
        :class:`~quart_hotframe.live.topics.Missed`.

        :raises TopicError: a name is badly written.
        """
        return self.broker.subscribe({check_topic(one): None for one in topics})

    async def sign(self, topic: str) -> str:
        """Return a topic as pages are given it, bound to session and login of the request.

        The first one that is not public sets the cookie of the session.

        :raises TopicError: the name is badly written, or nobody may follow the topic.
        :raises ConfigurationError: when the app has no ``SECRET_KEY``.
        """
        public = self.table().audience(check_topic(topic)).is_public
        return OPEN + topic if public else await self._signing.sign(topic)

    async def check(self, signed: str) -> str:
        """Return the topic that was given to a page of this visitor.

        Whether the visitor may follow it now is another question.

        :raises TokenExpired: it was right, and is too old.
        :raises TokenInvalid: anything else is wrong with it.
        """
        name = await self._signing.check(signed)
        if not name.startswith(OPEN):
            return name
        found = self.table().find(name.removeprefix(OPEN))
        if found is None or not found.is_public:
            raise TokenInvalid("This topic is not public.")
        return name.removeprefix(OPEN)

    def position(self) -> str:
        """Return the cursor after which the request that runs has read nothing yet."""
        scope: Any = request.scope if has_request_context() else {}
        return str(scope[POSITION]) if POSITION in scope else self.broker.position()

    async def attributes(self, topic: str) -> Markup:
        """Return what makes an element follow a topic; templates call it as ``topic``.

        ::

            <ul {{ topic("orders") }}>

        The cursor is that of the begin of the request, so what is published after that arrives.
        """
        attributes = Markup('hf-topic="{}" hf-cursor="{}"')
        return attributes.format(await self.sign(topic), self.position())

    def note_position(self, scope: Any) -> None:
        """Note where topics are when a request begins, before it reads anything."""
        scope[POSITION] = self.broker.position()

    def _declare_for_app(self, declaration: Declaration) -> None:
        before, self._own = self._own, (*self._own, declaration)
        self._runtime.host_items[TopicsKind.name] = self._own
        try:
            self._runtime.refresh()
        except BaseException:
            self._own = self._runtime.host_items[TopicsKind.name] = before
            raise


def broker_for(settings: Settings) -> Broker:
    """Return the broker of this process."""
    return MemoryBroker(settings.topics_size, settings.topics_messages, settings.topics_seconds)
