"""The stream of a page: it is opened for what the page has, and comes back when it breaks."""

from __future__ import annotations

import asyncio
from typing import Any
from typing import TYPE_CHECKING

from quart.typing import TestClientProtocol

from .instance import Job
from .instance import TRIES
from .network import PATH
from .reading import open_stream
from .reading import StreamEvent
from .reading import StreamReader

if TYPE_CHECKING:
    from .client import Client


class PageStream:
    """What brings a page what others change."""

    def __init__(self, page: Client, client: TestClientProtocol) -> None:
        self._page = page
        self._client = client
        self._cursors: dict[str, str] = {}
        self._wanted: frozenset[str] = frozenset()
        self._task: asyncio.Task[None] | None = None
        self._open = asyncio.Event()
        self._held: list[StreamEvent] = []

    async def connect(self) -> None:
        """Open a stream for what the page has, unless there is one; go on when it is open."""
        following = frozenset(one.id + str(one.signed) for one in self._page.streaming())
        wanted = following | self._topics().keys()
        if wanted != self._wanted:
            await self.close()
            self._wanted = wanted
            if wanted:
                self._open.clear()
                self._task = asyncio.get_running_loop().create_task(self._follow())
        task = self._task
        if task is not None and not task.done():
            opened = asyncio.ensure_future(self._open.wait())
            await asyncio.wait({opened, task}, return_when=asyncio.FIRST_COMPLETED)
            opened.cancel()
        self.check()

    def check(self) -> None:
        """Go on unless the stream has failed.

        :raises AssertionError: it has, by a fault of the server or of this client.
        """
        if self._task is not None and self._task.done() and not self._task.cancelled():
            self._task.result()

    async def close(self) -> None:
        """End the stream."""
        task, self._task = self._task, None
        self._wanted, self._held = frozenset(), []
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    def release(self) -> None:
        """Apply what was late."""
        held, self._held = self._held, []
        for one in held:
            self._apply(one)

    def _topics(self) -> dict[str, str]:
        found = [one.attributes for one in self._page.document.all()]
        return {one["hf-topic"]: one["hf-cursor"] for one in found if "hf-topic" in one}

    async def _follow(self) -> None:
        tries = 0
        while tries < TRIES:
            tries += 1
            if self._page.network.happens("lose"):
                continue
            topics = {one: self._cursors.get(one, at) for one, at in self._topics().items()}
            instances = {one.id: one.known() for one in self._page.streaming()}
            body = {"page": self._page.mark, "topics": topics, "instances": instances}
            stream = open_stream(self._client, f"{PATH}/stream", body, patience=None)
            async with stream as reader:
                goes_on = await self._read(reader)
            if not goes_on:
                return
            if self._open.is_set():
                tries = 0
        raise AssertionError(f"The stream could not be opened in {TRIES} tries.")

    async def _read(self, reader: StreamReader) -> bool:
        """Read until the stream breaks, and return whether the page comes back."""
        try:
            event = await reader.next()
        except AssertionError:
            return self._refused(reader)
        self.release()
        while True:
            if event.name == "bye":
                return self._ended(event.data)
            if event.name != "open" and self._page.network.happens("cut"):
                return True
            self._take(event)
            try:
                event = await reader.next()
            except AssertionError:
                return True

    def _refused(self, reader: StreamReader) -> bool:
        status = reader.status or 0
        if status == 429 or status >= 500 or status == 200:
            return True
        self._page.problems.append({"stream": status, "said": reader.raw})
        return False

    def _ended(self, told: dict[str, Any]) -> bool:
        if told["reason"] == "reload":
            self._page.reload_soon()
        if told["retry"] is None:
            self._page.problems.append({"stream": "bye", **told})
        return told["retry"] is not None

    def _take(self, event: StreamEvent) -> None:
        if event.name != "open" and (self._held or self._page.network.happens("delay")):
            self._held.append(event)
        else:
            self._apply(event)
        self._page.changed()

    def _apply(self, event: StreamEvent) -> None:
        data = event.data
        if event.name == "open":
            self._cursors |= data["cursors"]
            for id, told in data["instances"].items():
                if (one := self._page.instance(id)) is not None:
                    one.keep(told)
            self._open.set()
        elif event.name in ("topic", "missed"):
            self._cursors[data["topic"]] = data["cursor"]
            self._page.heard.append(event)
        elif event.name == "presence":
            self._page.heard.append(event)
        else:
            self._of_instance(event.name, data)

    def _of_instance(self, name: str, data: dict[str, Any]) -> None:
        one = self._page.instance(data["id"])
        if one is None:
            return
        if name == "patches":
            one.hear(data)
        elif name == "need":
            self._page.send(one, Job(whole=True))
        elif name == "gone":
            self._page.apply({"action": "gone", "target": one.id})
