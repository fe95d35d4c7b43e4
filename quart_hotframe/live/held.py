"""One instance that the server holds: its mailbox, its record, and the object that runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from typing import TYPE_CHECKING

from ..assets import split_assets
from ..components.definition import Definition
from ..components.rendering import page_context
from ..pieces import apart
from .change import Change
from .described import described
from .filling import Filled
from .floor import form
from .listeners import Listener
from .listeners import Listeners
from .mailbox import Mailbox
from .resuming import begin
from .shown import HERE
from .shown import Shown
from .state import State
from .store import Record
from .uploads.kept import Place
from .uploads.uploads import InstanceFiles
from .view import View
from .writing import Meanwhile

if TYPE_CHECKING:
    from .component import LiveComponent
    from .facade import Live

Work = Callable[["LiveComponent"], Awaitable[Any]]


class Held:
    """An instance on one page of one session.

    ``confirmed`` is the newest version that the page has told that it shows.
    """

    def __init__(self, live: Live, key: str, binding: str, page: str, id: str) -> None:
        self.live = live
        self.key = key
        self.binding = binding
        self.page = page
        self.id = id
        self.mailbox = Mailbox(live.settings.live_waiting)
        self.state = State(live, key, binding, page, id)
        self.listeners = Listeners()
        self.visitor: Callable[[], AbstractAsyncContextManager[None]] | None = None
        """Makes a request of who has the page open, for what may be shown to that visitor only."""
        self.confirmed = 0
        self._sent = 0
        self.cursor: str | None = None
        """Where topics were when the page was made, as its stream says."""
        self._filled: Filled | None = None
        """What is put into its slots, while a component around it shows it."""
        self._shown: Shown | None = None

    @property
    def record(self) -> Record:
        """Its written state.

        :raises NeedSnapshot: it is lost.
        """
        return self.state.record

    @property
    def version(self) -> int:
        """The version of the state."""
        return self.record.version

    @property
    def shown(self) -> str:
        """What the root element shows since the last rendering."""
        return self._shown.pieces[HERE] if self._shown is not None else ""

    @property
    def files(self) -> InstanceFiles:
        """The files that its page has sent."""
        place = Place(self.key, self.id, self.binding, self.record.component)
        return InstanceFiles(self.live.uploads, place)

    async def load(
        self, component: str, handle: str | None, snapshot: str | None, seen: int = 0
    ) -> bool:
        """Have the state, from the store or from a snapshot of the page; called in the mailbox.

        :param seen: the version that the page shows.
        :returns: whether the state is at least that; else newer ones are lost.
        :raises NeedSnapshot: it is in neither.
        :raises Refused: the snapshot is not one of this instance, session and login.
        """
        whole = await self.state.load(component, handle, snapshot, seen)
        self.confirmed = max(self.confirmed, min(seen, self.version))
        return whole

    async def component(self, found: Definition) -> LiveComponent:
        """Return the object, made from the written state where it is not there.

        :raises Unreadable: the state does not fit the class.
        """
        return await self.state.component(found, self)

    def listening(self, listener: Listener) -> AbstractContextManager[None]:
        """Give frames to a function; while somebody listens its timers and topics call it."""
        return self.listeners.listening(self, listener)

    def tell(self, change: Change) -> None:
        """Give what has changed to those who listen."""
        self.listeners.tell(change.frame(self.id))

    # -- what runs -------------------------------------------------------------------------------

    async def run(
        self, work: Work, *, seq: int | None = None, url: str = "",
        result: Callable[[], Mapping[str, Any]] = dict, within: bool = False,
    ) -> Change:  # fmt: skip
        """Change the state and render what has changed; called in the mailbox.

        Nothing has changed when the work or the template raises.

        :param work: is given the component.
        :param seq: the event of the page that this answers.
        :param url: path and query of the page.
        :param result: returns what comes of it, which is remembered for the same event.
        :param within: whether another component is changed, which ends the unit of work.
        """
        found = self.live.find(self.record.component)
        before = self.record
        try:
            component = await self.component(found)
            await component._hotframe_begin()
            await work(component)
            return await self._finish(found, component, before, seq, url, result, within)
        except BaseException:
            self.state.forget()  # made anew from what is written
            await self._take_back(before)
            raise

    async def begin_anew(self, seq: int, result: Mapping[str, Any]) -> Change:
        """Mount the component again, with the props that it had; called in the mailbox.

        :raises Misfit: the props do not fit the class either.
        """
        found = self.live.find(self.record.component)
        kind: Any = found.kind
        state = json.loads(self.record.state)
        props = {name: state[name] for name in found.props.names if name in state}
        return await self._mount(found, described(kind).props.check(props), seq, result)

    async def _mount(
        self, found: Definition, props: dict[str, Any], seq: int, result: Mapping[str, Any],
        within: bool = False,
    ) -> Change:  # fmt: skip
        component = begin(found, props)
        await component._hotframe_mount()
        vars(component)["_held"] = Meanwhile(self)
        change = await self._finish(
            found, component, self.record, seq, "", lambda: result, within
        )  # fmt: skip
        self.state.object = component
        return change

    async def present(self) -> Change:
        """Return the whole rendering of the state as it is; called in the mailbox."""
        found = self.live.find(self.record.component)
        self._shown = None
        change, self._shown = await self._render(
            found, await self.component(found), self.version, ""
        )
        return change

    async def give(self, props: dict[str, Any], slots: Filled, *, anew: bool) -> Change:
        """Show it with what a component around it gives; called in the mailbox.

        :param anew: whether it comes again, and begins as it did at first.
        :returns: the whole rendering.
        """
        self._shown, self._filled = None, slots
        record = self.record
        try:
            if anew:
                found = self.live.find(record.component)
                return await self._mount(found, props, record.seq, record.result, within=True)
            return await self.run(lambda component: _give(component, props), within=True)
        finally:
            self._filled = None

    async def show_meanwhile(self, component: LiveComponent) -> None:
        """Let those who listen see the component as it is, before its event ends."""
        if self.listeners:
            self._sent = max(self.version, self._sent) + 1
            found = self.live.find(self.record.component)
            change, _ = await self._render(found, component, self._sent, "")
            self.tell(change)

    async def _take_back(self, before: Record) -> None:
        """Show what is kept to those who saw more of an event that failed."""
        if self._sent <= before.version:
            return
        if self.record is before:  # else it was cancelled after its end
            await self.live.work.undo()  # nothing can be read in a unit that has failed
            record = replace(before, version=self._sent + 1)
            await self.live.store.save(record, before)
            self.state.record = record
        self.tell(await self.present())

    async def _finish(
        self, found: Definition, component: LiveComponent, before: Record, seq: int | None,
        url: str, result: Callable[[], Mapping[str, Any]], within: bool = False,
    ) -> Change:  # fmt: skip
        version = max(before.version, self._sent) + 1
        change, shown = await self._render(found, component, version, url)
        component._hotframe_note(version)
        state = described(type(component)).dump(component)
        self.live.sizes.check(found.full_name, state)
        record = replace(
            before, state=state, schema=type(component).state_version, version=version,
            seq=before.seq if seq is None else seq, result=result(),
        )  # fmt: skip
        await self._commit(record, before, shown, within)
        tokens = described(type(component)).tokens(component)
        if tokens is not None:
            self.live.uploads.keep(self.key, tokens)
        return change

    async def _render(
        self, found: Definition, component: LiveComponent, version: int, url: str
    ) -> tuple[Change, Shown]:
        view = View(component, found, self.id, self.binding, self, self._filled)
        page = await page_context() if found.uses_page else {}
        with apart():
            html = str(await view.render(page, self.live.generation()))
        if view.asks:
            kind = type(component)
            submits, takes = described(kind).submits, view.takes
            html = f"{form(self.id, kind.element, submits=submits, takes=takes)}{html}"
        assets, html = split_assets(html)
        shown = Shown.of(version, html, view.islands, view.arrived)
        known = self._shown
        if known is not None and known.version != self.confirmed:
            known = None
        patches = [*shown.patches(self.id, known, view.arrived), *component.patches.taken()]
        if (address := self.live.queries.address(component, url)) is not None:
            patches.append({"action": "navigate", "url": address, "how": "patch"})
        return Change(version, patches, "".join(dict.fromkeys(assets))), shown

    async def _commit(self, record: Record, before: Record, shown: Shown, within: bool) -> None:
        """End the unit of work and keep the record; nothing comes between."""
        if self.live.keeps_at_once():  # what does not wait needs no task to be safe in
            await self._keep(record, before, shown, within)
            return
        ending = asyncio.ensure_future(self._keep(record, before, shown, within))
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            if not ending.done():  # nobody enters before it is known what is kept
                await asyncio.wait([ending])
            raise

    async def _keep(self, record: Record, before: Record, shown: Shown, within: bool) -> None:
        if not within:
            await self.live.work.finish()
        await self.live.store.save(record, before)
        self.state.record, self._shown = record, shown


async def _give(component: LiveComponent, props: dict[str, Any]) -> None:
    vars(component).update(props)
