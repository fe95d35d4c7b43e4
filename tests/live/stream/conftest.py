"""A site whose pages follow topics, and visitors who sign in and out."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from quart import render_template_string
from quart import request

from quart_hotframe.live.facade import Live
from quart_hotframe.testing import open_stream
from quart_hotframe.testing import StreamReader
from quart_hotframe.testing.client import client_of
from tests.support.sites import serving
from tests.support.sites import Site

STREAM = "/hotframe/live/stream"
PUBLIC = "/hotframe/topics"


FOLLOWS = re.compile(r'hf-topic="([^"]*)" hf-cursor="([^"]*)"')


def body_of(topics: Mapping[str, str | None], instances: Any = None) -> dict[str, Any]:
    """Return what a page sends to open its stream."""
    return {"page": secrets.token_urlsafe(16), "topics": topics, "instances": instances or {}}


def followed_in(html: str) -> dict[str, str]:
    """Return the topics of a page with their cursors."""
    return {unescape(one[1]): unescape(one[2]) for one in FOLLOWS.finditer(html)}


@dataclass
class User:
    id: str
    is_authenticated: bool = True


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FollowingSite(Site):
    """A site with topics: ``prices`` is public, ``orders.*`` for who signed in, and ``room.*``.

    ``refused`` has (user, topic) that may not follow any more.
    """

    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        super().__init__(folder, {"SECRET_KEY": "k", "HOTFRAME_USER_LOADER": self._user, **config})
        self.refused: set[tuple[str, str]] = set()
        self.asked = self.loaded = 0
        self.clock = Clock()
        self.live.streams.clock = self.live.streams.presence._clock = self.clock
        self.live.public("prices")
        self.live.authorise("orders.**")(self._may_follow)
        self.live.authorise("room.*", presence=lambda user: user.id)(self._may_follow)
        self.app.add_url_rule("/follow", "follow", self._page)
        self.app.add_url_rule("/login/<name>", "login", self._login, methods=["POST"])
        self.app.add_url_rule("/logout", "logout", self._logout, methods=["POST"])

    @property
    def live(self) -> Live:
        return self.hotframe.live

    def visitor(self) -> Any:
        """Return a new browser."""
        return client_of(self.app)

    async def login(self, name: str) -> Any:
        """Return a browser in which somebody is signed in."""
        client = self.visitor()
        assert (await client.post(f"/login/{name}")).status_code == 200
        return client

    async def page(self, client: Any, *topics: str) -> dict[str, str]:
        """Load a page that follows topics; return them as they were given, with cursors."""
        response = await client.get("/follow", query_string={"topic": [*topics]})
        html = await response.get_data(as_text=True)
        assert response.status_code == 200, html
        return followed_in(html)

    def open(
        self, client: Any, given: Any, **headers: str
    ) -> AbstractAsyncContextManager[StreamReader]:
        """Open the stream of a page."""
        return open_stream(client, STREAM, body_of(given), headers=headers)

    async def refusal(self, client: Any, body: Any, **headers: str) -> tuple[int, Any]:
        """Open a stream that is refused; return status and answer."""
        headers = {"HF-Request": "live"} | headers
        response = await client.post(STREAM, json=body, headers=headers)
        assert response.status_code != 200
        return response.status_code, await response.get_json()

    async def _page(self) -> str:
        text = "{% for one in topics %}<p {{ topic(one) }}></p>{% endfor %}"
        return await render_template_string(text, topics=request.args.getlist("topic"))

    async def _login(self, name: str) -> str:
        await self.hotframe.sessions.login(name)
        return name

    async def _logout(self) -> str:
        await self.hotframe.sessions.logout()
        return ""

    def _user(self) -> User | None:
        self.loaded += 1
        name = self.hotframe.sessions.user_id
        return User(name) if name is not None else None

    async def _may_follow(self, user: User, topic: str) -> bool:
        self.asked += 1
        return (user.id, topic) not in self.refused


@pytest.fixture
async def following(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[FollowingSite]:
    """A serving site; parametrise it with settings."""
    async with serving(FollowingSite(tmp_path, getattr(request, "param", {}))) as made:
        yield made
