"""The live components of a page, as its stream follows them."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from contextlib import ExitStack
from functools import partial
from typing import Any
from typing import TYPE_CHECKING

from ...errors import AuthenticationRequired
from ...errors import PermissionDenied
from ..held import Frame
from ..held import Held
from ..refusing import Gone
from ..refusing import NeedSnapshot
from ..refusing import Refused
from ..topic_events import LOST
from .channel import Channel
from .encoding import frame
from .reading import Wanted
from .rights import Visitor

if TYPE_CHECKING:
    from ..facade import Live


class Instances:
    """What a stream knows of the live components of its page.

    :param channel: where their changes wait.
    """

    def __init__(self, live: Live, visitor: Visitor, channel: Channel) -> None:
        self._live = live
        self._visitor = visitor
        self._channel = channel
        self._held: dict[str, Held] = {}

    async def attach(self, page: str, wanted: Mapping[str, Wanted]) -> None:
        """Take over what the page has; called in the request that opens the stream.

        :raises Refused: a snapshot was not made for this page's visitor.
        """
        for id, one in wanted.items():
            try:
                await self._attach(page, id, one)
            except (Gone, AuthenticationRequired, PermissionDenied):
                self._channel.put(id, frame("gone", {"id": id}))
            except NeedSnapshot:
                self._channel.put(id, frame("need", {"id": id}))

    async def _attach(self, page: str, id: str, wanted: Wanted) -> None:
        live, binding = self._live, self._visitor.binding
        if binding is None:  # the session has ended, and with it what the page has
            raise NeedSnapshot
        await live.rights.check(self._kind(wanted.component))
        held = live.residents.at(binding, page, id)
        async with held.mailbox.entered():
            whole = await held.load(
                wanted.component, wanted.handle, wanted.snapshot, wanted.version
            )
        held.cursor = wanted.cursor or LOST
        held.visitor = partial(self._visitor.again, live.runtime.app)
        self._held[id] = held
        if held.version > wanted.version or not whole:
            self._channel.lag(id)

    def _kind(self, component: str) -> Any:
        return self._live.find(component).kind

    async def require(self) -> None:
        """Go on if the visitor of the request may still see all of them.

        :raises AuthenticationRequired: nobody has signed in any more.
        :raises PermissionDenied: somebody has, but may not.
        """
        for held in self._held.values():
            try:
                await self._live.rights.check(self._kind(held.record.component))
            except (Gone, NeedSnapshot):
                self._channel.put(held.id, frame("gone", {"id": held.id}))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear of what changes, and let timers and topics of the components run."""
        with ExitStack() as stack:
            for held in self._held.values():
                stack.enter_context(held.listening(self._heard))
            yield

    def opening(self) -> dict[str, dict[str, Any]]:
        """Return what the page is told of them first."""
        return {
            id: {"handle": held.record.handle, "version": held.version}
            for id, held in self._held.items()
        }

    def _heard(self, changed: Frame) -> None:
        patches = changed["patches"]
        one: dict[str, Any] = patches[0] if len(patches) == 1 else {}
        whole = one.get("target") == changed["id"] and one["action"] == "html"
        self._channel.put(changed["id"], frame("patches", changed), replaces=whole)

    async def render(self, id: str) -> str:
        """Return the frame that shows an instance as it is."""
        held = self._held[id]
        try:
            async with self._visitor.again(self._live.runtime.app), held.mailbox.entered():
                change = await held.present()
        except NeedSnapshot:
            return frame("need", {"id": id})
        except (Gone, Refused):
            return frame("gone", {"id": id})
        shown = {"id": id, "version": change.version, "patches": change.patches}
        return frame("patches", shown | ({"assets": change.assets} if change.assets else {}))
