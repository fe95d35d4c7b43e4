"""What the extension does to give an app components."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from quart import before_render_template
from quart import Quart
from quart import Response
from quart import template_rendered

from ..pieces import begin_piece
from ..pieces import end_piece
from ..runtime.contribution import HOST
from ..runtime.nesting import prefix_of
from ..runtime.runtime import Runtime
from .assets import Assets
from .assets import ENDPOINT
from .assets import FOLDER
from .assets import RULE
from .definition import Definition
from .definition import RENDER
from .kind import ComponentsKind
from .own import OwnComponents
from .own import share_of_app
from .registry import STARTER
from .rendering import assets_in
from .rendering import function_in
from .rendering import tag_in
from .tags import ComponentTags

ASSETS = "component_assets"

log = logging.getLogger("quart_hotframe.components")


def add_components(app: Quart, runtime: Runtime) -> Assets:
    """Let app and modules have components, templates the tags; return what is served of them."""
    environment = runtime.own_environment
    runtime.environment_extensions[ComponentTags] = {"render": tag_in(runtime.visible)}
    runtime.environment_globals[RENDER] = function_in(runtime.visible)
    runtime.environment_globals[ASSETS] = assets_in(runtime.visible)
    route = AssetRoute(app, runtime)
    assets = route.assets
    runtime.arriving = (*runtime.arriving, route.arriving)
    runtime.published.append(lambda generation: assets.keep_only(generation.contributions))
    runtime.kinds[ComponentsKind.name] = route.kind = ComponentsKind(environment, assets)
    runtime.host_items[ComponentsKind.name] = share_of_app(app, environment, assets)
    return assets


class AssetRoute:
    """The route to the assets of components: it is there as soon as somebody needs it."""

    kind: ComponentsKind

    def __init__(self, app: Quart, runtime: Runtime) -> None:
        self._app = weakref.ref(app)
        self._runtime = runtime
        self.assets = Assets(self.add)

    def add(self) -> None:
        """Let the app do what costs time only where components bring files."""
        others = [one for one in self._runtime.arriving if one != self.arriving]
        self._runtime.arriving = tuple(others)
        app = self._app()
        if app is None or ENDPOINT in self._runtime.host.own["view_functions"]:
            return
        before_render_template.connect(_begin_piece, app)
        template_rendered.connect(_end_piece, app)
        app.add_url_rule(RULE, ENDPOINT, self._serve)

    def arriving(self, scope: Any) -> None:
        """Add it for a page of another worker, where this one has not used a component yet."""
        if FOLDER in scope["path"]:
            self.add()

    async def _serve(self, address: str) -> Response:
        owner, _, rest = address.partition("/")
        if owner == STARTER:
            self.kind.starter.definitions.get(rest.partition("/")[0])
        return await self.assets.serve(address)


async def _begin_piece(app: Quart, **more: Any) -> None:
    begin_piece()


async def _end_piece(app: Quart, **more: Any) -> None:
    end_piece()


def note_components(runtime: Runtime, noting: Callable[[Iterable[Definition]], None]) -> None:
    """Let somebody know of the components of app and modules, as soon as they are read."""
    kind: Any = runtime.kinds[ComponentsKind.name]
    own: OwnComponents = runtime.host_items[ComponentsKind.name].definitions
    before = own.noting

    def note(definitions: Iterable[Definition]) -> None:
        for one in (before, noting):
            if one is not None:
                one(definitions)

    kind.noting = own.noting = note


def read_components(runtime: Runtime) -> None:
    """Read the app's own components now: their routes are there before the app serves.

    A wrong one is told before anybody uses it.
    """
    own: OwnComponents = runtime.host_items[ComponentsKind.name].definitions
    own.read()
    for name, error in own.faults.items():
        log.warning("The component %r cannot be used. %s", name, error)
    for name, blueprint in own.blueprints.items():
        full = f"{HOST}.{name}"
        if runtime.app.blueprints.get(full) is not blueprint:
            prefix = prefix_of(blueprint, name)
            runtime.app.register_blueprint(blueprint, name=full, url_prefix=prefix)
