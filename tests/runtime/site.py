"""One small site, served by plain Quart or by HotFrame, and what a client sees of it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

from quart import Blueprint
from quart import Quart

from quart_hotframe import HotFrame

Request = str | tuple[str, str] | tuple[str, str, dict[str, Any]]
Probe = Callable[[Any], Awaitable[Any]]


class Site:
    """An app with two blueprints, ``blog`` and ``shop``, and a folder for their files.

    They are registered in the order of their names, which is that of modules.
    """

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        self.log: list[Any] = []
        instance = str(folder / "instance")
        self.app = Quart("site", root_path=str(folder), instance_path=instance, **options)
        self.app.secret_key = "secret"
        self.app.config["HOTFRAME_POLL_INTERVAL"] = 0.02
        self.blueprint = self._blueprint("shop")
        self.other = self._blueprint("blog")

    def _blueprint(self, name: str) -> Blueprint:
        return Blueprint(
            name,
            "site",
            url_prefix=f"/{name}",
            root_path=str(self.folder / name),
            template_folder="templates",
            static_folder="static",
        )

    def write(self, path: str, text: str) -> None:
        """Write a file into the site's folder."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():  # the second site of a comparison keeps the times of the first
            target.write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Behaviour:
    """A way that a site behaves.

    ``build`` writes it and returns the requests to make, or a function that takes a client.
    ``contained`` ones fail in a module, whose error page has the module's name on it.
    """

    name: str
    build: Callable[[Site], Sequence[Request] | Probe]
    contained: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)


BEHAVIOURS: list[Behaviour] = []


def behaviour(contained: bool = False, **options: Any) -> Any:
    """Add a function to the table; *options* are those of the app."""

    def add(build: Any) -> Any:
        BEHAVIOURS.append(Behaviour(build.__name__, build, contained, options))
        return build

    return add


# -- serving a site --------------------------------------------------------------------------------

pending: dict[str, Blueprint] = {}
"""The blueprints that module folders of the test give away; see :func:`write_modules`."""


@asynccontextmanager
async def plain(site: Site) -> AsyncIterator[None]:
    for blueprint in (site.other, site.blueprint):
        site.app.register_blueprint(blueprint)
    async with site.app.test_app():
        yield


@asynccontextmanager
async def mounted(site: Site) -> AsyncIterator[None]:
    hotframe = HotFrame(site.app)
    async with site.app.test_app():
        for blueprint in (site.other, site.blueprint):
            await hotframe.mount(blueprint)
        yield


@asynccontextmanager
async def as_modules(site: Site) -> AsyncIterator[None]:
    for blueprint in (site.other, site.blueprint):
        name = blueprint.name
        pending[name] = blueprint
        site.write(f"modules/{name}/module.toml", f'name = "{name}"\nversion = "1.0.0"\n')
        code = f'from tests.runtime.site import pending\n\nblueprint = pending["{name}"]\n'
        site.write(f"modules/{name}/__init__.py", code)
    hotframe = HotFrame(site.app)
    try:
        async with site.app.test_app():
            for name in pending:
                await hotframe.modules.enable(name)
            yield
    finally:
        pending.clear()


# -- looking at it ---------------------------------------------------------------------------------


async def observe(site: Site, sought: Sequence[Request] | Probe) -> list[Any]:
    """Return everything that a client sees, and what the code wrote into the site's log."""
    client = site.app.test_client()
    if callable(sought):
        return [await sought(client), site.log]
    return [[await see(client, request) for request in sought], site.log]


async def see(client: Any, request: Request) -> Any:
    """Return status, headers and body of one response, or the error that came out."""
    method, path, *rest = ("GET", request) if isinstance(request, str) else request
    options: Any = rest[0] if rest else {}
    try:
        response = await client.open(path, method=method, **options)
    except Exception as error:
        return type(error).__name__, str(error)
    body = await response.get_data()
    if b'class="traceback"' in body:
        return response.status_code, "traceback", b"RuntimeError" in body
    return response.status_code, headers_of(response), body


PROTECTIVE = {
    "content-security-policy": r"default-src 'self'; script-src 'self'(?: 'nonce-[\w-]{22}')?; "
    r"style-src 'self'(?: 'nonce-[\w-]{22}')?; object-src 'none'; base-uri 'self'; "
    r"frame-ancestors 'self'; form-action 'self'",
    "cross-origin-opener-policy": "same-origin",
    "hf-request-id": "[0-9a-f]{16}",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
"""What answers of protected routes have in addition."""
ERROR_PAGE = re.compile(rb".*<h1>(.+)</h1>\n<p>(.+)</p>\n(?:</html>\n)?", re.DOTALL)


def without_protection(seen: Any) -> Any:
    """Return what was seen without the headers that protect, and of error pages only their text."""
    if isinstance(seen, list):
        return [without_protection(one) for one in seen]
    if not isinstance(seen, tuple):
        return seen
    if len(seen) != 3 or not isinstance(seen[2], bytes):
        return tuple(without_protection(one) for one in seen)
    status, headers, body = seen
    page = ERROR_PAGE.fullmatch(body) if status >= 400 else None
    kept = [(name, value) for name, value in headers if not _is_protective(name, value)]
    if page is None:
        return status, kept, body
    return status, [one for one in kept if one[0] != "Content-Length"], page.groups()


def _is_protective(name: str, value: str) -> bool:
    wanted = PROTECTIVE.get(name.lower())
    return wanted is not None and re.fullmatch(wanted, value) is not None


def headers_of(response: Any) -> list[tuple[str, str]]:
    """Return the headers, without the time and without the signed time in a session."""
    found = []
    for name, value in response.headers:
        if name.lower() == "allow":
            value = ", ".join(sorted(value.split(", ")))
        if name.lower() == "set-cookie":
            value = value.split("=")[0] + ";" + value.partition(";")[2]
            value = re.sub(r"Expires=(?!Thu, 01 Jan 1970)[^;]+", "Expires=later", value)
        if name.lower() not in ("date", "expires"):
            found.append((name, value))
    return sorted(found)
