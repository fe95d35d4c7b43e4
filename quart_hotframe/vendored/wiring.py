"""What the extension does to give an app the clients of others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from markupsafe import Markup
from quart import abort
from quart import Quart
from quart import Response
from quart import url_for

from ..config import Settings
from ..errors import SetupError
from ..runtime.runtime import Runtime
from ..security.csp import csp_nonce
from .files import Files
from .files import find
from .files import read_files
from .lock import FILE
from .served import Served

ENDPOINT = "hotframe.vendored"
RULE = "/hotframe/vendored/<digest>/<name>"
FOLDER = "vendor"
ALPINE = "@alpinejs/csp"
"""The build of Alpine that needs no ``unsafe-eval``."""


class VendoredFiles:
    """The files of an app that others made, and the elements that load them."""

    def __init__(self, app: Quart, settings: Settings) -> None:
        self.project = Path(app.root_path)
        self.folder = Path(app.static_folder or self.project / "static") / FOLDER
        self._wheels = dict(settings.vendor)
        self._alpine = settings.alpine
        self.used = self._alpine or bool(self._wheels) or (self.project / FILE).exists()
        """Whether the app has any."""
        self._files: Files | None = None
        self._by_address: dict[tuple[str, str], Served] = {}

    async def read(self) -> None:
        """Read all files now, so that a wrong one stops the start, and no page waits for them."""
        if self.used:
            await asyncio.to_thread(self._read)
            if self._alpine:
                self._find(ALPINE, None)

    def _read(self) -> Files:
        files = read_files(self.project, self.folder, self._wheels)
        every = [one for package in files.values() for one in package.values()]
        self._by_address = {(one.digest, one.name): one for one in every}
        self._files = files
        return files

    def _find(self, name: str, path: str | None) -> Served:
        return find(self._files or self._read(), name, path)

    async def serve(self, digest: str, name: str) -> Response:
        """Answer with a file; one of another version is not found."""
        if self._files is None:
            await asyncio.to_thread(self._read)
        found = self._by_address.get((digest, name))
        return found.respond() if found is not None else abort(404)

    def vendored(self, name: str, path: str | None = None, *, module: bool = False) -> Markup:
        """Return the element that loads a file of a package, for the ``<head>`` of a page.

        ::

            <head>{{ vendored("htmx.org") }}</head>

        It has the checksum of the file and the nonce of the page. A script runs when the page
        is read; scripts run in their order.

        :param name: of the package, as it was vendored or stands in ``HOTFRAME_VENDOR``.
        :param path: of the file in the package, when it is not the first one.
        :param module: whether it is an ES module.
        :raises SetupError: there is no such file.
        """
        if not self.used:
            find({}, name, path)
        found = self._find(name, path)
        url = url_for(ENDPOINT, digest=found.digest, name=found.name)
        return _element(found, module).format(url, found.integrity, csp_nonce())

    def with_alpine(self, script: Callable[[], Markup], *, client: bool) -> Callable[[], Markup]:
        """Return ``hotframe_script()`` as the settings want it.

        :param script: the function that loads our own client.
        :param client: whether that is served.
        """
        if not self._alpine:
            return script
        # Ours first: it notes what the server sent before Alpine changes it.
        ours = script if client else Markup
        return lambda: ours() + self.vendored(ALPINE)


def add_vendored(app: Quart, runtime: Runtime, settings: Settings) -> VendoredFiles:
    """Add the route, if there is something to serve, and the template function.

    :raises SetupError: the app has such a route.
    """
    files = VendoredFiles(app, settings)
    if files.used:
        app.add_url_rule(RULE, ENDPOINT, files.serve)
    runtime.environment_globals["vendored"] = files.vendored
    return files


def _element(found: Served, module: bool) -> Markup:
    if found.is_style and module:
        raise SetupError(f"{found.name!r} is a style sheet and no module.")
    if found.is_style:
        return Markup('<link rel="stylesheet" href="{}" integrity="{}" nonce="{}">')
    how = 'type="module"' if module else "defer"
    return Markup(f'<script {how} src="{{}}" integrity="{{}}" nonce="{{}}"></script>')
