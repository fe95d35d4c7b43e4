"""Live components in tests: each on a page of its own, without a server and without a browser."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from html import unescape
from typing import Any
from typing import cast
from unittest import IsolatedAsyncioTestCase

from quart import abort
from quart import current_app
from quart import Quart
from quart.typing import TestClientProtocol

from ..components.rendering import render_component
from ..errors import SetupError
from ..live.described import described
from ..live.held import Held
from .apps import RunningApp
from .apps import test_app

ENDPOINT = "hotframe.testing"
PATH = "/hotframe/testing/"
_ROOT = re.compile(
    r'<(\S+) id="([^"]*)" hf-live="([^"]*)"[^>]* hf-snapshot="([^"]*)"[^>]*>(.*)</\1>', re.DOTALL
)


class MountedComponent:
    """A live component on a page.

    ``id`` and ``name`` are those of the instance; ``html`` is what stands in its root element;
    ``patches`` and ``result`` are what the page got for the last event.
    """

    def __init__(self, running: RunningApp, client: TestClientProtocol, text: str) -> None:
        found = _ROOT.search(text)
        if found is None:
            raise AssertionError(f"This is no live component: {text}")
        _, self.id, self.name, snapshot, self.html = found.groups()
        self.patches: list[dict[str, Any]] = []
        self.result: dict[str, Any] = {}
        self._running = running
        self._client = client
        self._page = secrets.token_urlsafe(16)
        self._known: dict[str, Any] = {"snapshot": unescape(snapshot)}
        self._version = self._seq = 0
        self._held: Held | None = None

    @property
    def state(self) -> Mapping[str, Any]:
        """Its props and fields as JSON has them, without those that are private."""
        live = self._running.hotframe.live
        if self._held is not None:
            kind: Any = live.find(self.name).kind
            return described(kind).state.load(self._held.record.state)
        found: dict[str, Any] = json.loads(live.snapshots.peek(self._known["snapshot"]).state)
        return found

    async def send(
        self, event: str | None, args: Mapping[str, Any], set: Mapping[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        """Send an event as the page does, and return status and body of the answer."""
        self._seq += 1
        response = await self._client.post(
            "/hotframe/live",
            headers={"HF-Request": "live"},
            json={
                "page": self._page, "id": self.id, "component": self.name, "seq": self._seq,
                "version": self._version, "event": event, "args": dict(args), "set": dict(set),
                "url": PATH, **self._known,
            },
        )  # fmt: skip
        body: dict[str, Any] = await response.get_json()
        if response.status_code == 200:
            self._take(body)
        return response.status_code, body

    def _take(self, body: dict[str, Any]) -> None:
        if "handle" in body:
            self._known = {"handle": body["handle"]}
        self._version, self.patches, self.result = (
            body["version"], body["patches"], body["result"],
        )  # fmt: skip
        residents = self._running.hotframe.live.residents
        (self._held,) = [
            one for one in residents if (one.page, one.id) == (self._page, self.id)
        ]  # fmt: skip
        self.html = self._held.shown


async def mount_component(
    running: RunningApp,
    name: str,
    /,
    *,
    client: TestClientProtocol | None = None,
    **props: Any,
) -> MountedComponent:
    """Show a live component on a page of its own.

    ::

        async with test_app(app) as running:
            counter = await mount_component(running, "shop:counter", start=3)

    :param running: the app, whose page and events go through all that it does with requests.
    :param client: whose cookies and headers are sent, for example after a login.
    :param props: its props, and ``key``.
    :raises AssertionError: the page is refused, with status and text.
    """
    client = client or running.client
    pending = _pages(running.app)
    number = secrets.token_hex(8)
    pending[number] = name, props
    try:
        response = await client.get(PATH + number)
    finally:
        del pending[number]
    text = await response.get_data(as_text=True)
    if response.status_code != 200:
        raise AssertionError(f"{name!r} was answered with {response.status_code}: {text}")
    return MountedComponent(running, client, text)


async def dispatch_event(
    mounted: MountedComponent,
    event: str | None = None,
    args: Mapping[str, Any] | None = None,
    /,
    *,
    status: int = 200,
    **writes: Any,
) -> dict[str, Any]:
    """Send an event of the page, with what was typed into bound inputs.

    ::

        await dispatch_event(counter, "add", {"amount": 2}, note="tea")
        await dispatch_event(counter, "remove", status=403)

    :param event: its name; without one only inputs are written.
    :param args: its arguments.
    :param status: the status of the answer.
    :param writes: values of bound fields.
    :returns: the body of the answer.
    :raises AssertionError: the answer has another status.
    """
    found, body = await mounted.send(event, args or {}, writes)
    if found != status:
        raise AssertionError(f"{event!r} was answered with {found}, not {status}: {body}")
    return body


def assert_state(mounted: MountedComponent, **wanted: Any) -> None:
    """Fail unless fields have these values.

    :raises AssertionError: naming those that have others.
    """
    state = mounted.state
    wrong = {name: state.get(name) for name, one in wanted.items() if state.get(name) != one}
    if wrong:
        expected = {name: wanted[name] for name in wrong}
        raise AssertionError(f"{mounted.name} has {wrong}, not {expected}.")


def assert_rendered(mounted: MountedComponent, *texts: str) -> None:
    """Fail unless its HTML has these texts.

    :raises AssertionError: naming what is missing, and the HTML.
    """
    missing = [one for one in texts if one not in mounted.html]
    if missing:
        raise AssertionError(f"{mounted.name} does not show {missing}: {mounted.html}")


class ComponentTestCase(IsolatedAsyncioTestCase):
    """Tests of live components in the style of ``unittest``.

    ::

        class CounterTest(ComponentTestCase):
            def create_app(self) -> Quart:
                return make_app()

            async def test_it_counts(self) -> None:
                counter = await self.mount("shop:counter", start=3)
                await self.dispatch(counter, "add", {"amount": 2})
                self.assert_state(counter, count=5)
                self.assert_rendered(counter, "<b>5</b>")
    """

    running: RunningApp
    assert_state = staticmethod(assert_state)
    assert_rendered = staticmethod(assert_rendered)
    dispatch = staticmethod(dispatch_event)

    def create_app(self) -> Quart:
        """Return the app, with its HotFrame; each test runs it anew."""
        raise SetupError(f"{type(self).__name__}.create_app() must return the app.")

    async def asyncSetUp(self) -> None:
        """Start the app."""
        self.running = await self.enterAsyncContext(test_app(self.create_app()))

    async def mount(self, name: str, /, **props: Any) -> MountedComponent:
        """Show a live component on a page of its own; see :func:`mount_component`."""
        return await mount_component(self.running, name, **props)


def _pages(app: Quart) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the components that pages show, by the last part of their address."""
    pages: dict[str, Any] | None = app.extensions.get(ENDPOINT)
    if pages is None:
        pages = app.extensions[ENDPOINT] = {}
        app.add_url_rule(f"{PATH}<number>", ENDPOINT, _show)
    return pages


async def _show(number: str) -> str:
    found = _pages(cast(Any, current_app)._get_current_object()).get(number)
    if found is None:
        abort(404)
    name, props = found
    return await render_component(name, **props)
