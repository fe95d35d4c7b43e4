"""Whatever is sent, the server never fails, and runs only what the page may ask for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st

from quart_hotframe.testing import open_stream
from tests.support.sites import serving

from .conftest import Instance
from .conftest import LiveSite
from .conftest import Strangers

CODE = """\
class Takes(LiveComponent):
    count: int = 0
    ran: list[str] = []
    note: Bindable[str] = ""
    hidden: Private[int] = 0

    @event
    async def take(self, whole: int = 0, text: str = "", some: list[int] = []) -> None:
        assert type(whole) is int and type(text) is str and all(type(one) is int for one in some)
        self.ran.append("take")

    @event(permissions=["nobody.has"])
    async def guarded(self) -> None: self.ran.append("guarded")

    @event(topic="orders")
    async def heard(self, payload: Any) -> None: self.ran.append("heard")

    @event(every=3600)
    async def tick(self) -> None: self.ran.append("tick")

    async def helper(self) -> None: self.ran.append("helper")
"""
CONFIG = {"HOTFRAME_PERMISSIONS": ["nobody.has"]}
REFUSALS = {400, 401, 403, 404, 409, 410, 413, 422}
TEXTS = st.text(max_size=12) | st.sampled_from(
    ["take", "guarded", "heard", "tick", "helper", "note", "hidden", "count", "ran", "__class__",
     "mount", "app:takes", "app-takes", "../take", "\0", "\ud800", "", "whole", "text", "some"]
)  # fmt: skip
NUMBERS = (
    st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from([0, 1, 2**53 - 1, 2**53, 2**63, True, 1.0])
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
MEMBERS = st.dictionaries(
    st.sampled_from(["event", "args", "set", "seq", "version", "handle", "snapshot", "page", "id",
                     "component", "url", "topics", "instances"]),
    VALUES, max_size=4,
)  # fmt: skip
CALLS = st.fixed_dictionaries({"event": TEXTS, "args": st.dictionaries(TEXTS, VALUES, max_size=3)})
QUICK = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Fuzz:
    """An app whose live component is sent anything.

    :param live: its site.
    """

    def __init__(self, runner: asyncio.Runner, live: LiveSite) -> None:
        self._runner = runner
        self._live = live
        self._client = Strangers(live.client)

    def begin(self) -> Instance:
        """Load a page, and return its component."""
        live = self._live
        (one,) = self._runner.run(live.load('{% component "takes" %}{% endcomponent %}'))
        one.client = self._client
        return one

    def send(self, one: Instance, changes: dict[str, Any]) -> int:
        """Send an event with other members, and return the status."""
        return self._runner.run(one.send("take", **changes)).status

    def open(self, body: Any) -> int | None:
        """Open a stream, and return the status."""

        async def opened() -> int | None:
            async with open_stream(self._live.client, "/hotframe/live/stream", body) as reader:
                await reader.chunk()
                return reader.status

        return self._runner.run(opened())

    def ran(self) -> set[str]:
        """Return what ran of all that was sent, and forget it."""
        records = self._live.hotframe.live.store._records  # type: ignore[attr-defined]
        found = {name for one in records.values() for name in json.loads(one.state)["ran"]}
        self._runner.run(self._live.forget())
        return found


@pytest.fixture
def fuzz(tmp_path: Path) -> Iterator[Fuzz]:
    with asyncio.Runner() as runner:
        live = LiveSite(tmp_path, CONFIG)
        live.component("takes", "{{ count }}", CODE)
        live.hotframe.live.public("orders")
        context = serving(live)
        runner.run(context.__aenter__())
        yield Fuzz(runner, live)
        runner.run(context.__aexit__(None, None, None))


@QUICK
@given(changes=MEMBERS | CALLS)
@example(changes={"event": "guarded"})
@example(changes={"event": "tick"})
@example(changes={"args": {"whole": float("nan")}})
@example(changes={"args": {"some": ["1"]}})
def test_no_event_fails_and_none_runs_that_may_not(fuzz: Fuzz, changes: dict[str, Any]) -> None:
    assert fuzz.send(fuzz.begin(), changes) in REFUSALS | {200}
    assert fuzz.ran() <= {"take"}
    assert fuzz.send(fuzz.begin(), {}) == 200
    assert fuzz.ran() == {"take"}


@QUICK
@given(changes=MEMBERS, instance=MEMBERS)
@example(changes={"topics": {"public:orders": "x"}}, instance={})
@example(changes={}, instance={"version": 2**53 - 1})
def test_no_stream_fails_and_nothing_runs(
    fuzz: Fuzz, changes: dict[str, Any], instance: dict[str, Any]
) -> None:
    one = fuzz.begin()
    known = {"component": one.component, "snapshot": one.snapshot, "version": 0, **instance}
    body = {"page": one.page, "topics": {}, "instances": {one.id: known}, **changes}
    assert fuzz.open(body) in REFUSALS | {200}
    assert fuzz.ran() == set()
    assert fuzz.send(one, {}) == 200
    assert fuzz.ran() == {"take"}
