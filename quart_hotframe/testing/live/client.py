"""What the client of a page does: it keeps its components, and takes what the server sends."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from collections.abc import Collection
from inspect import isawaitable
from typing import Any

from quart.typing import TestClientProtocol

from ...live.facade import Live
from ...live.later import BEGIN
from .changing import Changing
from .faults import Faults
from .fields import Key
from .instance import Instance
from .instance import Job
from .instance import root_of
from .markup import Element
from .markup import parse
from .network import Network
from .reading import StreamEvent
from .streaming import PageStream


class Client:
    """The client of one page.

    ``mark`` is what the server knows the page by, ``heard`` what topics on its stream brought.
    """

    def __init__(
        self, live: Live, client: TestClientProtocol, faults: Faults, patience: float
    ) -> None:  # fmt: skip
        self.url = self.mark = ""
        self.document = Element("")
        self.patches: list[dict[str, Any]] = []
        self.problems: list[dict[str, Any]] = []
        self.heard: list[StreamEvent] = []
        self.network = Network(client, faults, self._forget)
        self.stream = PageStream(self, client)
        self._live = live
        self._client = client
        self._patience = patience
        self._instances: dict[str, Instance] = {}
        self._asked: list[Job] = []
        self._number = 0
        self._lead: str | None = None
        self._news = asyncio.Event()

    async def open(self, url: str) -> None:
        """Load a page in the place of this one.

        :raises AssertionError: it is refused, with status and text.
        """
        await self.close()
        response = await self._client.get(url, follow_redirects=True)
        text = await response.get_data(as_text=True)
        if response.status_code != 200:
            raise AssertionError(f"{url!r} was answered with {response.status_code}: {text}")
        self.url, self.mark = url, secrets.token_urlsafe(16)
        self.document = parse(text)
        self.changed()
        await self.stream.connect()

    async def close(self) -> None:
        """Leave the page: what is on its way is given up."""
        await self.stream.close()
        tasks = [one.working for one in self._instances.values() if one.working is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._instances, self._asked = {}, []

    # -- its components --------------------------------------------------------------------------

    def instance(self, id: str) -> Instance | None:
        """Return what is known of the component with an id."""
        root = self.document.by_id(id)
        if root is None or "hf-live" not in root.attributes:
            return None
        return self.instance_of(root)

    def instance_of(self, root: Element) -> Instance:
        """Return what is known of a component; one that came anew is another one."""
        id = root.id or ""
        known = self._instances.get(id)
        if known is None or known.signed != root.attributes.get("hf-snapshot"):
            known = self._instances[id] = Instance(self, root)
        return known

    def roots(self) -> list[Element]:
        """Return the root elements of components."""
        return [one for one in self.document.all() if "hf-live" in one.attributes]

    def streaming(self) -> list[Instance]:
        """Return the components that listen to the stream."""
        return [self.instance_of(one) for one in self.roots() if "hf-stream" in one.attributes]

    def next_number(self) -> int:
        """Return the number of the next request."""
        self._number += 1
        return self._number

    def send(self, one: Instance, job: Job) -> Job:
        """Let a component send something."""
        self._asked.append(one.send(job))
        return job

    async def answered(self, job: Job, status: int) -> dict[str, Any]:
        """Return the body of the answer to something, when all is done that it has brought about.

        :raises AssertionError: the answer has another status, or did not come.
        """
        answer = await job.done
        await self.idle()
        found = answer.status if answer is not None else 410
        body = (answer.body if answer is not None else None) or {}
        if found != status:
            raise AssertionError(f"{job.event!r} was answered with {found}, not {status}: {body}")
        await self._follow_lead()
        await self.stream.connect()
        self.changed()
        return body

    async def idle(self) -> None:
        """Wait until all is answered, also what answers have brought about."""
        while self._asked:
            asked, self._asked = self._asked, []
            await asyncio.gather(*[one.done for one in asked])
        self.stream.release()

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until something is true of the page; it is asked again after each change.

        :raises AssertionError: it did not become true in time.
        """
        said = ""
        try:
            async with asyncio.timeout(self._patience):
                while True:
                    self._news.clear()
                    self.stream.release()
                    self.stream.check()
                    await self._follow_lead()
                    try:
                        found = condition()
                        if await found if isawaitable(found) else found:
                            return
                    except AssertionError as error:
                        said = f" {error}"
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(
                f"It did not become true within {self._patience:g} s.{said} "
                f"The page shows: {self.document.text}"
            ) from None

    async def truth(self, one: Instance) -> str:
        """Return the HTML that the server makes of a component now; nothing goes wrong on the way.

        :raises AssertionError: it is refused.
        """
        content = {
            "page": self.mark, "id": one.id, "url": self.url, **one.known(),
            "seq": 0, "version": 0, "snapshot": one.snapshot,
        }  # fmt: skip
        answer = await self.network.ask(content)
        if answer.status != 200 or answer.body is None:
            raise AssertionError(f"{one.id!r} was answered with {answer}.")
        html: str = answer.body["patches"][0]["html"]
        return html

    # -- what comes ------------------------------------------------------------------------------

    def apply(self, patch: dict[str, Any], sent: Collection[Key] = ()) -> None:
        """Apply one patch.

        :param sent: fields whose content the server has.
        """
        self.patches.append(patch)
        if patch["action"] == "navigate" and patch["how"] == "patch":
            self.url = patch["url"]
        elif patch["action"] in ("navigate", "refresh"):
            self._lead = patch.get("url", self.url)
        elif patch["action"] == "emit":
            self._emit(patch["event"], patch["args"], **patch["to"])
        else:
            try:
                Changing(self.document, self._is_ahead).apply(patch, sent)
            except LookupError as error:
                self.problems.append({"patch": patch, "error": str(error)})
        self.changed()

    def changed(self) -> None:
        """Let those who wait look again, and components begin that wait for the page."""
        for element in self.document.all():
            root = root_of(element) if element.attributes.get("hf-view") == BEGIN else None
            if root is not None and not (one := self.instance_of(root)).has_begun:
                one.has_begun = True
                self.send(one, Job(BEGIN))
        self._news.set()

    def reload_soon(self) -> None:
        """Load the page again, as soon as something is awaited."""
        self._lead = self.url
        self.changed()

    def _emit(
        self, event: str, args: dict[str, Any], id: str = "", component: str = "",
        page: bool = False,
    ) -> None:  # fmt: skip
        for root in self.roots():
            if page or root.id == id or root.attributes["hf-live"] == component:
                self.send(self.instance_of(root), Job(event, args, is_for_all=page))

    def _is_ahead(self, root: Element) -> bool:
        known = self._instances.get(root.id or "")
        return (
            known is not None and known.handle is not None and known.root is not None
            and "data-hf-gone" not in known.root.attributes
            and known.component == root.attributes["hf-live"]
        )  # fmt: skip

    async def _follow_lead(self) -> None:
        url, self._lead = self._lead, None
        if url is not None:
            await self.open(url)

    async def _forget(self, id: str) -> None:
        for one in self._live.residents:
            if (one.page, one.id) == (self.mark, id):
                await self._live.store.forget(one.key)
