"""The live components of a page, as its stream follows them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from contextlib import ExitStack
from functools import partial
from typing import Any
from typing import TYPE_CHECKING

from ...errors import AuthenticationRequired
from ...errors import PermissionDenied
from ..change import Change
from ..change import Frame
from ..held import Held
from ..refusing import Gone
from ..refusing import NeedSnapshot
from ..refusing import Refused
from ..resuming import Unreadable
from ..topic_events import LOST
from .channel import Channel
from .encoding import BEAT
from .encoding import frame
from .reading import Wanted
from .rights import Visitor

if TYPE_CHECKING:
    from ..facade import Live

log = logging.getLogger("quart_hotframe.live")


class Instances:
    """What a stream knows of the live components of its page.

    :param channel: where their changes wait.
    """

    def __init__(self, live: Live, visitor: Visitor, channel: Channel) -> None:
        self._live = live
        self._visitor = visitor
        self._channel = channel
        self._held: dict[str, Held] = {}
        self._absent: dict[str, Wanted] = {}
        """What the page has of modules that are not there now."""
        self._mounted: dict[str, object] = {}
        """What the component was, by id, when it was last looked at."""
        self._listening = ExitStack()
        self._listens = False
        self._generation = live.generation()

    async def attach(self, page: str, wanted: Mapping[str, Wanted]) -> None:
        """Take over what the page has; called in the request that opens the stream.

        :raises Refused: a snapshot was not made for this page's visitor.
        """
        self._page = page
        for id, one in wanted.items():
            await self._try(id, one)

    async def _try(self, id: str, wanted: Wanted) -> None:
        try:
            self._mounted[id] = mounted = self._found(wanted.component)
            if mounted is None:
                self._absent[id] = wanted
                raise Gone
            await self._attach(id, wanted)
        except (Gone, AuthenticationRequired, PermissionDenied):
            self._channel.put(id, frame("gone", {"id": id}))
        except NeedSnapshot:
            self._channel.put(id, frame("need", {"id": id}))

    async def _attach(self, id: str, wanted: Wanted) -> None:
        live, binding = self._live, self._visitor.binding
        if binding is None:  # the session has ended, and with it what the page has
            raise NeedSnapshot
        await live.rights.check(self._kind(wanted.component))
        held = live.residents.at(binding, self._page, id)
        async with held.mailbox.entered():
            whole = await held.load(
                wanted.component, wanted.handle, wanted.snapshot, wanted.version
            )
        held.cursor = wanted.cursor or LOST
        held.visitor = partial(self._visitor.again, live.runtime.app)
        self._held[id] = held
        if held.version > wanted.version or not whole:
            self._channel.lag(id)

    def _found(self, component: str) -> object:
        """Return what tells a component from what it is in another generation."""
        try:
            found = self._live.find(component)
        except Gone:
            return None
        return found.kind, found.source

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
        with self._listening as stack:
            for held in self._held.values():
                stack.enter_context(held.listening(self._heard))
            self._listens = True
            if self._live.runtime.current is not self._generation:  # since the request began
                self._live.streams.renew()
            yield

    async def renew(self) -> None:
        """Let the page show what modules have brought, and tell it what they have taken along."""
        if not self._listens:
            return
        for id, held in self._held.items():
            mounted = self._found(held.record.component)
            if mounted == self._mounted[id]:
                continue
            self._mounted[id] = mounted
            held.listeners.renew()
            if mounted is None:
                self._channel.put(id, frame("gone", {"id": id}))
            else:
                self._channel.lag(id)
        for id, wanted in [*self._absent.items()]:
            if self._found(wanted.component) is not None:
                await self._return(id, wanted)

    async def _return(self, id: str, wanted: Wanted) -> None:
        """Take over what the page had before its module was there."""
        del self._absent[id]
        async with self._visitor.again(self._live.runtime.app):
            await self._try(id, wanted)
        if (held := self._held.get(id)) is not None:
            self._listening.enter_context(held.listening(self._heard))
            self._channel.lag(id)

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
            change = await self._present(held)
        except NeedSnapshot:
            return frame("need", {"id": id})
        except (Gone, Refused, AuthenticationRequired, PermissionDenied):
            return frame("gone", {"id": id})
        except Exception:  # the page stays as it was
            log.exception("%r could not be shown on an open page.", held.record.component)
            return BEAT
        shown = {"id": id, "version": change.version, "patches": change.patches}
        return frame("patches", shown | ({"assets": change.assets} if change.assets else {}))

    async def _present(self, held: Held) -> Change:
        live, record = self._live, held.record
        owner = record.component.partition(":")[0]
        async with self._visitor.again(live.runtime.app):
            with live.runtime.pinned(owner):
                async with live.unit(reads=True), held.mailbox.entered():
                    try:
                        return await held.present()
                    except Unreadable:
                        return await held.begin_anew(record.seq, record.result)
