"""The styles and scripts of components: where they are served, and the elements that load them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import quote
from weakref import WeakValueDictionary

from markupsafe import Markup
from quart import abort
from quart import current_app
from quart import has_request_context
from quart import has_websocket_context
from quart import request
from quart import Response
from quart import websocket

from ..assets import HashedFile
from ..assets import MARK
from ..runtime.contribution import HOST
from ..security.csp import nonce_if_possible

ENDPOINT = "hotframe.component"
FOLDER = "/hotframe/components/"
RULE = f"{FOLDER}<path:address>"
KEPT_FILES = 500
KEPT_BYTES = 8 * 1024 * 1024
"""How much is kept of versions that have left, for pages that were sent before."""

STYLE = "style.css"
SCRIPT = "script.js"
MIMETYPES = {STYLE: "text/css", SCRIPT: "text/javascript"}
"""The files that a component may bring."""


class Asset(HashedFile):
    """The style or the script of one component.

    :param file: its name, a key of :data:`MIMETYPES`.
    """

    def __init__(self, owner: str, component: str, file: str, content: bytes) -> None:
        super().__init__(content, MIMETYPES[file])
        stem, _, ending = file.partition(".")
        self.owner = owner
        self.address = f"{owner}/{component}/{stem}.{self.digest}.{ending}"
        self.size = len(self.plain) + len(self.packed)
        mark = Markup('{}="{}"').format(Markup(MARK), f"{owner}:{component}")
        if file == STYLE:
            begin = Markup('<link {} rel="stylesheet" href="').format(mark)
        else:
            begin = Markup('<script {} type="module" src="').format(mark)
        self._begin = begin
        self._middle = Markup('" integrity="{}"').format(self.integrity)
        self._is_style = file == STYLE

    def element(self) -> Markup:
        """Return the element that loads it in a page."""
        begin = self._begin + self._url() + self._middle
        if self._is_style:
            return begin + Markup(">")
        nonce = nonce_if_possible()
        mark = Markup(' nonce="{}"').format(nonce) if nonce is not None else ""
        return begin + mark + Markup("></script>")

    def _url(self) -> str:
        if has_request_context():
            root = request.root_path
        elif has_websocket_context():
            root = websocket.root_path
        else:
            root = current_app.config["APPLICATION_ROOT"]
        return quote(f"{root.rstrip('/')}{FOLDER}{self.address}")


class Assets:
    """What an app serves: the assets of all components that are loaded, and some that have left.

    A version that is loaded and not yet published is served too: the page of another worker, which
    was quicker, may ask for it here. What nobody refers to any more is gone.

    :param serve: lets the app serve them; called once there are any.
    """

    def __init__(self, serve: Callable[[], None]) -> None:
        self._begin: Callable[[], None] | None = serve
        self._known: WeakValueDictionary[str, Asset] = WeakValueDictionary()
        self._kept: OrderedDict[str, Asset] = OrderedDict()
        self._owners: frozenset[str] = frozenset({HOST})

    def of(self, owner: str, component: str, contents: Mapping[str, bytes]) -> tuple[Asset, ...]:
        """Return the assets of a component, which are served while somebody refers to them.

        :param contents: what they hold, by file name.
        """
        made = (Asset(owner, component, file, contents[file]) for file in contents)
        # Versions with the same file share one, or it would be gone with the first that leaves.
        return tuple(self._known.setdefault(asset.address, asset) for asset in made)

    def offer(self) -> None:
        """Let the app serve them soon, if there are any and a loop runs."""
        if self._begin is None or not self._known:
            return
        with suppress(RuntimeError):  # as where modules are loaded, in a thread of its own
            asyncio.get_running_loop().call_soon(self._begin)
            self._begin = None

    def find(self, address: str) -> Asset | None:
        """Return the asset that has an address."""
        return self._known.get(address)

    def keep(self, assets: Iterable[Asset]) -> None:
        """Serve assets of a version that has left for some more time."""
        for asset in assets:
            if asset.owner in self._owners:
                self._kept[asset.address] = asset
                self._kept.move_to_end(asset.address)
        size = sum(asset.size for asset in self._kept.values())
        while len(self._kept) > KEPT_FILES or size > KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            size -= oldest.size

    def keep_only(self, owners: Iterable[str]) -> None:
        """Keep nothing of modules that are not there any more.

        :param owners: the modules that are there.
        """
        self._owners = frozenset({HOST, *owners})
        for address, asset in list(self._kept.items()):
            if asset.owner not in self._owners:
                del self._kept[address]

    async def serve(self, address: str) -> Response:
        """Answer the request for an asset."""
        found = self.find(address)
        if found is None:
            abort(404)
        return found.respond()
