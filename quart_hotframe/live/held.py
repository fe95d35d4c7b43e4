"""One instance that the server holds: its mailbox, its record, and the object that runs."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from contextlib import contextmanager
from contextlib import nullcontext
from dataclasses import replace
from typing import Any
from typing import NamedTuple
from typing import TYPE_CHECKING

from markupsafe import Markup

from ..assets import split_assets
from ..components.attributes import Attributes
from ..components.definition import Definition
from ..components.rendering import page_context
from ..components.use import Page
from ..pieces import apart
from ..runtime.contribution import module_of
from .attended import Attended
from .described import described
from .filling import Filled
from .floor import form
from .mailbox import Mailbox
from .refusing import NeedSnapshot
from .rendering import begin
from .rendering import root
from .resuming import resume
from .resuming import Unreadable
from .running import nothing
from .shown import HERE
from .shown import Patch
from .shown import Shown
from .snapshot import Claims
from .store import Record
from .uploads.kept import Place
from .uploads.uploads import InstanceFiles
from .view import View
from .writing import Meanwhile

if TYPE_CHECKING:
    from .component import LiveComponent
    from .facade import Live

Frame = dict[str, Any]
Work = Callable[["LiveComponent"], Awaitable[Any]]


class Change(NamedTuple):
    """What a run changed.

    :param assets: elements that load what components in it bring.
    """

    version: int
    patches: list[Patch]
    assets: str = ""


class Held:
    """An instance on one page of one session.

    ``changed`` has functions that are called with a frame ``{"id", "version", "patches"}`` after a
    change that is not the answer to a request of the page. ``confirmed`` is the newest version
    that the page has told that it shows.
    """

    def __init__(self, live: Live, key: str, binding: str, page: str, id: str) -> None:
        self._live = live
        self.key = key
        self.binding = binding
        self.page = page
        self.id = id
        self.mailbox = Mailbox(live.settings.live_waiting)
        self.changed: list[Callable[[Frame], None]] = []
        self.visitor: Callable[[], AbstractAsyncContextManager[None]] | None = None
        """Makes a request of who has the page open, for what may be shown to that visitor only."""
        self.confirmed = 0
        self._sent = 0
        self.cursor: str | None = None
        """Where topics were when the page was made, as its stream says."""
        self._attended: Attended | None = None
        self._filled: Filled | None = None
        """What is put into its slots, while a component around it shows it."""
        self._record: Record | None = None
        self._component: LiveComponent | None = None
        self._shown: Shown | None = None

    # -- its state -------------------------------------------------------------------------------

    @property
    def record(self) -> Record:
        """Its written state.

        :raises NeedSnapshot: it is lost.
        """
        if self._record is None:
            raise NeedSnapshot
        return self._record

    @property
    def version(self) -> int:
        """The version of the state."""
        return self.record.version

    @property
    def shown(self) -> str:
        """What the root element shows since the last rendering."""
        return self._shown.pieces[HERE] if self._shown is not None else ""

    async def load(
        self, component: str, handle: str | None, snapshot: str | None, seen: int = 0
    ) -> bool:
        """Have the state, from the store or from a snapshot of the page; called in the mailbox.

        :param seen: the version that the page shows.
        :returns: whether the state is at least that; else newer ones are lost.
        :raises NeedSnapshot: it is in neither.
        :raises Refused: the snapshot is not one of this instance, session and login.
        """
        record = await self._live.store.load(self.key)
        if record is not None and record.component != component:
            record = None
        whole = True
        if snapshot is not None:
            claims = self._live.snapshots.read(snapshot, component, self.id, self.binding)
            if record is None or self._is_newer(claims, record):
                whole = claims.version >= seen
                version = max(claims.version, seen)
                if handle is not None:  # above all that was shown of the state that is lost
                    version = max(version, time.time_ns() // 1000)
                record = await self._adopt(claims, version, record)
        elif record is None or not _same(handle, record.handle):
            raise NeedSnapshot
        if record is not self._record:
            self._component = None
        self._record = record
        self.confirmed = max(self.confirmed, min(seen, record.version))
        return whole

    def _is_newer(self, claims: Claims, record: Record) -> bool:
        """Whether a snapshot knows what a record does not, which then began from an older one."""
        if claims.page == self.page and claims.seq != record.seq:
            return claims.seq > record.seq
        return claims.version > record.version

    async def _adopt(self, claims: Claims, version: int, replaced: Record | None) -> Record:
        record = Record(
            self.key, self._live.session_of(self.binding), secrets.token_urlsafe(16),
            claims.component, self.id, claims.schema, version,
            claims.seq if claims.page == self.page else 0, claims.state,
        )  # fmt: skip
        await self._live.store.save(record, replaced)
        return record

    async def component(self, found: Definition) -> LiveComponent:
        """Return the object, made from the written state where it is not there.

        :raises Unreadable: the state does not fit the class.
        """
        known = self._component
        if known is None or type(known) is not found.kind:
            known = await resume(self.record, found)
            vars(known)["_held"] = Meanwhile(self)
            self._component = known
        return known

    def let_go(self, kinds: Collection[object]) -> None:
        """Keep no object of another class of a module than these."""
        kind = type(self._component)
        if kind not in kinds and module_of(kind.__module__) is not None:
            self._component = None

    def forget(self) -> None:
        """Keep no object: the next one is made from what is written, with what mount() reads."""
        self._component = None

    def snapshot(self) -> str | None:
        """Return the snapshot that the page keeps, unless the store or the size makes it needless.

        :raises NeedSnapshot: there is no state.
        """
        size = len(self.record.state)
        if self._live.store.durable or size > self._live.settings.live_snapshot_size:
            return None
        return self._live.snapshots.make(self.claims(), self.binding)

    def claims(self) -> Claims:
        """Return what a snapshot of the state says.

        :raises NeedSnapshot: there is no state.
        """
        record = self.record
        return Claims(
            record.component, record.id, record.schema, record.version, record.seq, self.page,
            record.state,
        )  # fmt: skip

    @property
    def files(self) -> InstanceFiles:
        """The files that its page has sent."""
        place = Place(self.key, self.id, self.binding, self.record.component)
        return InstanceFiles(self._live.uploads, place)

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
        found = self._live.find(self.record.component)
        before = self.record
        try:
            component = await self.component(found)
            await component._hotframe_begin()
            await work(component)
            return await self._finish(found, component, before, seq, url, result, within)
        except BaseException:
            self._component = None  # made anew from what is written
            await self._take_back(before)
            raise

    async def change(self, work: Work, *, reads: bool = False) -> None:
        """Do the same for no request of the page: those who listen get what has changed.

        :param reads: the work is not expected to write to a database.
        """
        async with self._around(), self._live.unit(reads=reads), self.mailbox.entered():
            change = await self.run(work)
        self.tell(change)

    async def follow(self, topic: str, payload: Any) -> None:
        """Show the component anew, unless it shows already what a message tells."""
        async with self._around(), self._live.unit(reads=True), self.mailbox.entered():
            component = await self.component(self._live.find(self.record.component))
            if component._hotframe_knows(topic, payload):
                return
            change = await self.run(nothing)
        self.tell(change)

    async def made(self) -> LiveComponent:
        """Return the object, for what no request brings."""
        async with self._around(), self._live.unit(reads=True), self.mailbox.entered():
            return await self.component(self._live.find(self.record.component))

    def _around(self) -> AbstractAsyncContextManager[None]:
        kind: Any = self._live.find(self.record.component).kind
        if kind._hotframe_personal and self.visitor is not None:
            return self.visitor()
        return nullcontext()

    @contextmanager
    def listening(self, listener: Callable[[Frame], None]) -> Iterator[None]:
        """Give frames to a function; while somebody listens its timers and topics call it."""
        self.changed.append(listener)
        if self._attended is None:
            self._attended = Attended(self._live, self)
        try:
            yield
        finally:
            self.changed.remove(listener)
            if not self.changed and self._attended is not None:
                self._attended.stop()
                self._attended = None

    def renew(self) -> None:
        """Let timers and topics go on in another version of the class, if somebody listens."""
        if self._attended is not None:
            self._attended.renew()

    def tell(self, change: Change) -> None:
        """Give what has changed to those who listen."""
        frame: Frame = {"id": self.id, "version": change.version, "patches": change.patches}
        if change.assets:
            frame["assets"] = change.assets
        for listener in list(self.changed):
            listener(frame)

    async def begin_anew(self, seq: int, result: Mapping[str, Any]) -> Change:
        """Mount the component again, with the props that it had; called in the mailbox.

        :raises Misfit: the props do not fit the class either.
        """
        found = self._live.find(self.record.component)
        kind: Any = found.kind
        state = json.loads(self.record.state)
        props = {name: state[name] for name in found.props.names if name in state}
        component = begin(found, described(kind).props.check(props))
        await component._hotframe_mount()
        vars(component)["_held"] = Meanwhile(self)
        self._component = component
        return await self._finish(found, component, self.record, seq, "", lambda: result)

    async def present(self) -> Change:
        """Return the whole rendering of the state as it is; called in the mailbox."""
        found = self._live.find(self.record.component)
        self._shown = None
        change, self._shown = await self._render(
            found, await self.component(found), self.version, ""
        )
        return change

    async def show_meanwhile(self, component: LiveComponent) -> None:
        """Let those who listen see the component as it is, before its event ends."""
        if self.changed:
            self._sent = max(self.version, self._sent) + 1
            found = self._live.find(self.record.component)
            change, _ = await self._render(found, component, self._sent, "")
            self.tell(change)

    async def _take_back(self, before: Record) -> None:
        """Show the state as it was to those who saw more of an event that failed."""
        if self._sent <= before.version:
            return
        await self._live.work.undo()  # nothing can be read in a unit that has failed
        record = replace(before, version=self._sent + 1)
        await self._live.store.save(record, before)
        self._record = record
        self.tell(await self.present())

    async def _finish(
        self, found: Definition, component: LiveComponent, before: Record, seq: int | None,
        url: str, result: Callable[[], Mapping[str, Any]], within: bool = False,
    ) -> Change:  # fmt: skip
        version = max(before.version, self._sent) + 1
        change, shown = await self._render(found, component, version, url)
        component._hotframe_note(version)
        state = described(type(component)).dump(component)
        self._live.sizes.check(found.full_name, state)
        record = replace(
            before, state=state, schema=type(component).state_version, version=version,
            seq=before.seq if seq is None else seq, result=result(),
        )  # fmt: skip
        await self._commit(record, before, shown, within)
        tokens = described(type(component)).tokens(component)
        if tokens is not None:
            self._live.uploads.keep(self.key, tokens)
        return change

    async def _render(
        self, found: Definition, component: LiveComponent, version: int, url: str
    ) -> tuple[Change, Shown]:
        view = View(component, found, self.id, self.binding, self, self._filled)
        page = await page_context() if found.uses_page else {}
        with apart():
            html = str(await view.render(page, self._live.generation()))
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
        if (address := self._live.queries.address(component, url)) is not None:
            patches.append({"action": "navigate", "url": address, "how": "patch"})
        return Change(version, patches, "".join(dict.fromkeys(assets))), shown

    async def shown_to(
        self, found: Definition, props: dict[str, Any], page: Page, slots: Filled
    ) -> tuple[View, Markup] | None:
        """Return what a page without JavaScript shows in the root element.

        :returns: ``None`` when there is no state.
        """
        async with self.mailbox.entered():
            record = await self._live.store.load(self.key)
            if record is None or record.component != found.full_name:
                return None
            self._record, self._component = record, None
            try:
                component = await self.component(found)
            except Unreadable:
                return None
            vars(component).update(props)
            self._component = None  # what is shown now is not written
            view = View(component, found, self.id, self.binding, filled=slots)
            return view, await view.render(page, self._live.generation())

    async def show_child(
        self, found: Definition, id: str, props: dict[str, Any], attributes: Attributes,
        slots: Filled,
    ) -> Markup | None:  # fmt: skip
        """Return the root element of a component within, if its state is held.

        It gets new props; the rest of its state stays.
        """
        child = self._live.residents.at(self.binding, self.page, id)
        async with child.mailbox.entered():
            record = await self._live.store.load(child.key)
            if record is None or record.component != found.full_name:
                return None
            child._record = record
            child._shown, child._component = None, None
            child._filled = slots
            try:
                change = await child.run(lambda component: _give(component, props), within=True)
            finally:
                child._filled = None
            html = Markup(change.patches[0]["html"])
            return root(found, id, change.version, child.snapshot(), attributes, html)

    async def _commit(self, record: Record, before: Record, shown: Shown, within: bool) -> None:
        """End the unit of work and keep the record; nothing comes between."""
        if self._live.keeps_at_once():  # what does not wait needs no task to be safe in
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
            await self._live.work.finish()
        await self._live.store.save(record, before)
        self._record, self._shown = record, shown


async def _give(component: LiveComponent, props: dict[str, Any]) -> None:
    vars(component).update(props)


def _same(one: str | None, other: str) -> bool:
    return one is not None and secrets.compare_digest(one.encode(), other.encode())
