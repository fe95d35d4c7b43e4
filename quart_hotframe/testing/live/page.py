"""A page in a test: what one can do on it, and what it shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from collections.abc import Callable
from collections.abc import Mapping
from contextlib import asynccontextmanager
from typing import Any

from quart.typing import TestClientProtocol

from ..apps import RunningApp
from .client import Client
from .comparing import comparable
from .comparing import difference
from .faults import Faults
from .fields import held
from .fields import keyed
from .fields import kind_of
from .fields import missing_in
from .fields import write
from .finding import asking
from .finding import fields_named
from .finding import fields_of_form
from .finding import only
from .instance import arguments_of
from .instance import fields_in
from .instance import Instance
from .instance import Job
from .instance import root_of
from .markup import Element
from .reading import StreamEvent
from .selecting import select
from .uploading import described
from .uploading import taking
from .uploading import upload

PATIENCE = 5.0


class LivePage:
    """A page that is open, with a client of its own; see :func:`live_page`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    # -- what one does ---------------------------------------------------------------------------

    async def open(self, url: str) -> None:
        """Load a page in the place of this one.

        :raises AssertionError: it is refused, with status and text.
        """
        await self._client.open(url)

    async def click(
        self, event: str, args: Mapping[str, Any] | None = None, /, *,
        within: str = "", status: int = 200,
    ) -> dict[str, Any]:  # fmt: skip
        """Click on the element that asks for an event.

        ::

            await page.click("add")
            await page.click("drop", {"id": 3})
            await page.click("Save", within="#cart")

        :param event: the name of the event, or the text on the element.
        :param args: arguments that the element sends, to tell it from others.
        :param within: selects what the element stands in; see :meth:`all`.
        :param status: of the answer.
        :returns: the body of the answer.
        :raises AssertionError: there is no such element, or more than one, or it is disabled or
            hidden; or the answer has another status, or did not come.
        """
        return await self.trigger("click", event, args, within=within, status=status)

    async def submit(
        self, event: str, args: Mapping[str, Any] | None = None, /, *,
        within: str = "", status: int = 200,
    ) -> dict[str, Any]:  # fmt: skip
        """Submit the form that asks for an event, or whose button does; see :meth:`click`.

        :raises AssertionError: a required field is empty, too.
        """
        return await self.trigger("submit", event, args, within=within, status=status)

    async def trigger(
        self, trigger: str, event: str, args: Mapping[str, Any] | None = None, /, *,
        within: str = "", status: int = 200,
    ) -> dict[str, Any]:  # fmt: skip
        """Let the element that asks for an event have one of the browser; see :meth:`click`.

        :param trigger: the event of the browser, such as ``"keydown"``.
        """
        element, root = asking(self._place(within), trigger, event, args or {})
        if trigger == "submit" and (missing := missing_in(fields_of_form(element, root))):
            raise AssertionError(f"No browser submits this: {', '.join(missing)} must be filled.")
        name = element.attributes[f"hf-{trigger}"]
        one = self._client.instance_of(root)
        job = self._client.send(one, Job(name, arguments_of(element)))
        return await self._client.answered(job, status)

    async def fill(
        self, name: str, value: Any, /, *, within: str = "", leave: bool = True, status: int = 200
    ) -> dict[str, Any]:
        """Write into a field, or choose there.

        ::

            await page.fill("note", "tea")
            await page.fill("colours", ["red", "blue"])

        :param name: what it is bound to.
        :param value: a text or number, a truth for a single box, a list where several are chosen.
        :param within: selects what the field stands in; see :meth:`all`.
        :param leave: whether it is sent at once; else it is with the next event of its component.
        :param status: of the answer.
        :returns: the body of the answer, empty where nothing was sent.
        :raises AssertionError: the page has no such field, or nobody could write this into it.
        """
        fields = fields_named(self._place(within), name)
        write(fields, value)
        self._client.changed()
        root = root_of(fields[0])
        if root is None or "hf-bind" not in fields[0].attributes or not leave:
            return {}
        one = self._client.instance_of(root)
        written = {key for key, each in keyed(fields_in(root)).items() if each in fields}
        return await self._client.answered(
            self._client.send(one, Job(fields=written)), status
        )  # fmt: skip

    async def upload(
        self, field: str, content: bytes, /, *, name: str = "file", type: str | None = None,
        within: str = "", status: int = 200,
    ) -> dict[str, Any]:  # fmt: skip
        """Choose a file, or drop it, where the page takes files for a field.

        ::

            await page.upload("photo", image, name="tea.png")
            await page.submit("save")

        :param content: of the file.
        :param name: of the file.
        :param type: its media type; otherwise the one that the name stands for.
        :param within: selects what the element stands in; see :meth:`all`.
        :param status: of the answer to the event that comes before the file.
        :returns: the body of the last answer.
        :raises AssertionError: nothing takes files for the field, or the answer has another
            status, or did not come.
        """
        root = root_of(taking(self._place(within), field))
        assert root is not None
        file = described(content, name, type)
        one = self._client.instance_of(root)
        return await upload(self._client, one, field, file, content, status)

    # -- what it shows ---------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Its address, without the host."""
        return self._client.url

    @property
    def patches(self) -> list[dict[str, Any]]:
        """The patches that were applied since it was opened, in their order."""
        return self._client.patches

    @property
    def problems(self) -> list[dict[str, Any]]:
        """What a browser would have told it by ``hf:error``."""
        return self._client.problems

    @property
    def heard(self) -> list[StreamEvent]:
        """What topics that it follows have brought: ``topic``, ``missed`` and ``presence``."""
        return self._client.heard

    def all(self, selector: str) -> list[Element]:
        """Return the elements that a selector names, as they stand.

        It has tags, ``#id``, ``.class``, ``[name]`` and ``[name="value"]``, and spaces between an
        element and what stands in it.

        :returns: each has ``text``, ``html`` and ``attributes``.
        :raises ValueError: the selector has something else.
        """
        return select(self._client.document, selector)

    def find(self, selector: str) -> Element:
        """Return the only element that a selector names; see :meth:`all`.

        :raises AssertionError: there is none, or more than one.
        """
        return only(self._client.document, selector)

    def text(self, selector: str = "") -> str:
        """Return what one reads on the page, or in the only element that a selector names.

        :raises AssertionError: there is none, or more than one.
        """
        return self.find(selector).text if selector else self._client.document.text

    def value(self, name: str, /, *, within: str = "") -> Any:
        """Return what a field holds: a text, a truth for a single box, else a list.

        :raises AssertionError: the page has no such field.
        """
        fields = fields_named(self._place(within), name)
        if kind_of(fields[0]) == "radio" or len(fields) > 1:
            return [one.attributes.get("value", "on") for one in fields if held(one)]
        content = held(fields[0])
        if not isinstance(content, tuple):
            return content
        return list(content) if "multiple" in fields[0].attributes else "".join(content)

    async def until(self, condition: Callable[[], Any], /) -> None:
        """Wait until something is true of the page, while its stream brings changes.

        ::

            await page.until(lambda: page.text("#last") == "tea")

        :raises AssertionError: it did not become true in time.
        """
        await self._client.until(condition)

    async def assert_current(self) -> None:
        """Fail unless each component shows what the server makes of its state now.

        Requests that were overtaken arrive before.

        :raises AssertionError: naming the component, with what differs.
        """
        await self._client.network.bring_late()
        await self._client.idle()
        for root in self._client.roots():
            await self._check(self._client.instance_of(root))

    async def _check(self, one: Instance) -> None:
        shown = wanted = ""

        async def is_current() -> bool:
            nonlocal shown, wanted
            wanted = comparable(await self._client.truth(one), one.id)
            shown = comparable(one.root.inner, one.id) if one.root is not None else ""
            return shown == wanted

        try:
            await self._client.until(is_current)
        except AssertionError:
            if shown == wanted:
                raise
            differing = difference(shown, wanted)
            raise AssertionError(f"{one.id!r} shows {differing[0]}, not {differing[1]}.") from None

    def _place(self, within: str) -> Element:
        return self.find(within) if within else self._client.document


@asynccontextmanager
async def live_page(
    running: RunningApp,
    url: str = "/",
    /,
    *,
    client: TestClientProtocol | None = None,
    faults: Faults | None = None,
    patience: float = PATIENCE,
) -> AsyncIterator[LivePage]:
    """Open a page with live components, and leave it at the end of the block.

    ::

        async with test_app(app) as running, live_page(running, "/board") as page:
            await page.fill("note", "tea")
            await page.click("add")
            assert page.text("#total") == "1"

    It speaks the protocol of the client in browsers, with all that the app does with requests,
    without a server, and runs no scripts. Questions are answered with yes.

    :param running: the app.
    :param url: path and query.
    :param client: whose cookies and headers are sent, for example after a login.
    :param faults: what goes wrong on the way.
    :param patience: seconds that :meth:`LivePage.until` waits at the most.
    :raises AssertionError: the page is refused, with status and text.
    """
    client = client or running.client
    page = Client(running.hotframe.live, client, faults or Faults(), patience)
    try:
        await page.open(url)
        yield LivePage(page)
    finally:
        await page.close()
