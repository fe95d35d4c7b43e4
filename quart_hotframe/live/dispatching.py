"""An event of a page: it is checked, run in the mailbox, and answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any
from typing import TYPE_CHECKING

from .background import start
from .change import Change
from .described import described
from .event import Event
from .held import Held
from .later import BEGIN
from .objecting import Asked
from .reading import Sent
from .refusing import Gone
from .refusing import Refused
from .resuming import Unreadable
from .running import call
from .shape import Misfit

if TYPE_CHECKING:
    from .component import LiveComponent
    from .facade import Live

log = logging.getLogger("quart_hotframe.live")

LOST = {"ok": False, "lost": True}
STALE = {"ok": False, "stale": True}


class Dispatch:
    """One request of a page to an instance.

    :param kind: the class of the component, as it is mounted now.
    """

    def __init__(self, live: Live, kind: type[LiveComponent], held: Held, sent: Sent) -> None:
        self._live = live
        self._held = held
        self._sent = sent
        self._described = described(kind)
        self._kind = kind
        self._result: dict[str, Any] = {"ok": True}
        self._beaten = False

    async def answer(self) -> dict[str, Any]:
        """Return the answer.

        :raises Refused: it is not run.
        :raises NeedSnapshot: the state is lost.
        """
        event = self._event()
        arguments = self._arguments(event)
        self._described.inputs.check(self._sent.set)
        sent, held = self._sent, self._held
        await self._live.rights.check_event(sent.component, self._kind, event)
        async with held.mailbox.entered():
            whole = await held.load(sent.component, sent.handle, sent.snapshot, sent.version)
            try:
                change = await self._changed(event, arguments, whole)
            except Unreadable:
                change = await self._begun_anew()
            answer: dict[str, Any] = {"seq": sent.seq, "version": change.version}
            if sent.handle != held.record.handle:
                answer["handle"] = held.record.handle
            if (snapshot := held.state.snapshot()) is not None:
                answer["snapshot"] = snapshot
            if change.assets:
                answer["assets"] = change.assets
            return {**answer, "patches": change.patches, "result": self._result}

    async def _changed(
        self, event: Event | None, arguments: Mapping[str, Any], whole: bool
    ) -> Change:
        held, sent = self._held, self._sent
        if sent.seq <= held.record.seq:
            self._result = dict(held.record.result)
            return await held.present()
        if not whole or (self._is_stale(event) and not self._kind._hotframe_objects):
            self._result = STALE if whole else LOST
            held.confirmed = 0
            event, arguments = None, {}
        try:
            return await self._kept(event, arguments)
        except Exception as error:
            if self._beaten or not self._kind._hotframe_is_conflict(error):
                raise
        self._beaten, self._result = True, {"ok": True}
        await self._live.work.undo()
        return await self._kept(event, arguments)

    async def _kept(self, event: Event | None, arguments: Mapping[str, Any]) -> Change:
        return await self._held.run(
            lambda component: self._run(component, event, arguments),
            seq=self._sent.seq, url=self._sent.url, result=lambda: self._result,
        )  # fmt: skip

    async def _begun_anew(self) -> Change:
        """Mount the component again, whose state no longer fits its class."""
        self._result = LOST
        try:
            return await self._held.begin_anew(self._sent.seq, LOST)
        except Misfit as error:
            raise Gone from error

    def _event(self) -> Event | None:
        name = self._sent.event
        if name is None or name == BEGIN:
            return None
        event = self._described.events.get(name)
        if event is None or not event.is_public:
            raise Refused(404, "unknown_event", "There is no such event.")
        return event

    def _arguments(self, event: Event | None) -> Mapping[str, Any]:
        if event is None:
            return {}
        try:
            return event.arguments.check(self._sent.args)
        except Misfit as error:
            said = error.messages
            raise Refused(422, "bad_args", "The arguments do not fit.", detail=said) from None

    def _is_stale(self, event: Event | None) -> bool:
        fresh = event is not None and event.options.require_fresh
        return fresh and self._sent.version != self._held.version

    async def _run(
        self, component: LiveComponent, event: Event | None, arguments: Mapping[str, Any]
    ) -> None:
        if not self._result["ok"]:
            return
        objection = await component._hotframe_objection(
            Asked(event, self._sent.version, self._is_stale(event), self._beaten)
        )
        wrong: dict[str, list[str]] = {}
        if objection is None or objection.writes:
            wrong = self._described.inputs.write(component, self._sent.set)
            if self._described.uploads:
                wrong |= await self._files(component, event)
        if objection is not None:
            self._result = objection.result
            return
        if event is None or wrong:
            told = component.errors if event is None else wrong
            self._result = {"errors": told} if told else self._result
            return
        if event.takes:
            await self._submit(component, event, arguments)
            return
        if event.options.background:
            await start(self._live, self._held, component, event, arguments)
            return
        await self._call(component, event, arguments)

    async def _files(self, component: LiveComponent, event: Event | None) -> dict[str, list[str]]:
        """Look whether its files are there, and take those that came with this request.

        :returns: what is wrong, unless the event is about other files.
        """
        from .uploads.changing import CHANGE  # with pydantic, and few apps take files
        from .uploads.changing import missing
        from .uploads.changing import take_posted

        gone = missing(component)
        wrong = {**gone, **await take_posted(component, self._sent.files)}
        return {} if event is not None and event.name == CHANGE else wrong

    async def _submit(self, form: Any, event: Event, arguments: Mapping[str, Any]) -> None:
        """Call the method of an event that takes the form, if that is valid."""
        data = form._hotframe_submitted()
        if data is None:
            self._result = {"errors": form.errors}
            return
        await self._call(form, event, {**arguments, event.takes: data})
        form._hotframe_saved()

    async def _call(
        self, component: LiveComponent, event: Event, arguments: Mapping[str, Any]
    ) -> None:
        component._memo.pop("said", None)
        async with asyncio.timeout(event.options.timeout or self._live.settings.live_timeout):
            await call(component, event, arguments)
        if component.errors:
            self._result = {"errors": component.errors}
