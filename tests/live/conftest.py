"""A site with live components, and a page that sends events to them."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from dataclasses import field
from html import unescape
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from quart import render_template

from quart_hotframe.testing.client import client_of
from tests.support.modules import write_file
from tests.support.sites import serving
from tests.support.sites import Site

CODE = """\
from __future__ import annotations
import asyncio
from typing import Any
from quart_hotframe import Bindable, event, LiveComponent, Private, Prop, Url


"""
COUNTER = """\
class Counter(LiveComponent):
    start: Prop[int] = 0
    count: int = 0
    note: Bindable[str] = ""

    async def mount(self) -> None:
        self.count = self.start

    @event
    async def add(self, amount: int = 1) -> None:
        self.count += amount
"""
TEMPLATE = '<b>{{ count }}</b><button {{ on.click("add", amount=5) }}>+</button>'
USE = '{% component "counter" start=3 %}{% endcomponent %}'
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
FORM = re.compile(r'^<form id="[^"]*\.form" [^>]*>.*?</form>')
"""What is there for pages without JavaScript, first in the root element."""
ROOT = re.compile(r"<(\w+) (id=\"[^>]*hf-snapshot=[^>]*)>")


@dataclass
class Answer:
    """What an event was answered."""

    status: int
    body: dict[str, Any]
    headers: Any

    @property
    def html(self) -> str:
        """The HTML of its only patch."""
        (patch,) = self.body["patches"]
        return FORM.sub("", patch["html"])

    @property
    def reason(self) -> str:
        """Why it was refused."""
        return self.body["error"]["reason"]


@dataclass
class Instance:
    """A component on a page that was loaded: it keeps what the client keeps."""

    client: Any
    id: str
    component: str
    snapshot: str
    page: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    handle: str | None = None
    seq: int = 0
    version: int = 0
    url: str = "/"
    cursor: str | None = None

    async def send(self, event: str | None = None, /, args: Any = None, **more: Any) -> Answer:
        """Send one event, and note what comes of it; *more* replaces members of the request."""
        self.seq += 1
        body = {
            "page": self.page, "id": self.id, "component": self.component, "seq": self.seq,
            "version": self.version, "set": {}, "event": event, "args": args or {}, "url": self.url,
            **({"handle": self.handle} if self.handle else {"snapshot": self.snapshot}),
        } | more  # fmt: skip
        answer = await self.post(body)
        if answer.status == 200:
            self.version = answer.body["version"]
            self.handle = answer.body.get("handle", self.handle)
            self.snapshot = answer.body.get("snapshot", self.snapshot)
        return answer

    async def post(self, body: Any, **headers: str) -> Answer:
        """Post anything to where events go."""
        data = body if isinstance(body, (str, bytes)) else json.dumps(body)
        given = {"HF-Request": "live", "Content-Type": "application/json", **headers}
        response = await self.client.post("/hotframe/live", data=data, headers=given)
        return Answer(response.status_code, await response.get_json(), response.headers)


def instances_in(html: str, client: Any, page: str, url: str = "/") -> list[Instance]:
    """Return the components in HTML that bring their state."""
    found = (dict(ATTRIBUTE.findall(root[2])) for root in ROOT.finditer(html))
    return [
        Instance(client, one["id"], one["hf-live"], unescape(one["hf-snapshot"]), page,
                 version=int(one["hf-version"]), url=url, cursor=one.get("hf-cursor"))
        for one in found
    ]  # fmt: skip


class Strangers:
    """Sends each request from another address, so that none of them is one too many."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._numbers = count(1)

    def post(self, *args: Any, **options: Any) -> Any:
        number = next(self._numbers)
        address = f"10.0.{number // 250}.{number % 250 + 1}"
        return self._client.post(*args, scope_base={"client": (address, 1)}, **options)


VIEWS = """\
from quart import render_template
from . import blueprint

@blueprint.get("/")
async def index(): return await render_template("shop/index.html")
"""


def module_with(name: str, code: str, template: str, use: str) -> dict[str, str | bytes]:
    """Return the files of a module ``shop`` with one component, and a page that uses it."""
    return {
        "views.py": VIEWS,
        "templates/shop/index.html": use,
        f"components/{name}.html": template,
        f"components/{name}.py": code,
    }


@asynccontextmanager
async def module_site(folder: Path) -> AsyncIterator[Site]:
    """Serve a site without any component of its own."""
    async with serving(Site(folder, {"SECRET_KEY": "a key"})) as made:
        made.client = client_of(made.app)
        yield made


class LiveSite(Site):
    """A site whose app has live components and one page."""

    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        super().__init__(folder, {"SECRET_KEY": "a key", **config})
        self.text = USE
        self.values: dict[str, Any] = {}
        self.client = client_of(self.app)
        self.app.add_url_rule("/", "page", self._page)

    async def _page(self) -> str:
        return await render_template("page.html", **self.values)

    def component(self, name: str, template: str, code: str) -> None:
        """Write a live component of the app."""
        folder = self.folder / "app" / "components"
        write_file(folder / f"{name}.html", template)
        write_file(folder / f"{name}.py", CODE + code)

    async def load(self, text: str = USE, path: str = "/", client: Any = None) -> list[Instance]:
        """Load the page, and return the components on it."""
        write_file(self.folder / "app" / "templates" / "page.html", text)
        client = client or self.client
        response = await client.get(path)
        self.html = await response.get_data(as_text=True)
        assert response.status_code == 200, self.html
        return instances_in(self.html, client, secrets.token_urlsafe(16), path)

    async def forget(self) -> None:
        """Lose all states, as a restart does."""
        store: Any = self.hotframe.live.store
        for key in list(store._records):
            await store.forget(key)

    async def counter(self, **more: Any) -> Instance:
        """Write the counter, load the page, and return the counter on it."""
        self.component("counter", TEMPLATE, COUNTER)
        (counter,) = await self.load(**more)
        return counter


@pytest.fixture
async def live(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[LiveSite]:
    """A serving site that looks at its components again whenever they are used."""
    config = {"TEMPLATES_AUTO_RELOAD": True, **getattr(request, "param", {})}
    async with serving(LiveSite(tmp_path, config)) as made:
        yield made
