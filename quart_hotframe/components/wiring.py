"""What the extension does to give an app components."""

from __future__ import annotations

import logging
from typing import Any

from quart import before_render_template
from quart import Quart
from quart import template_rendered

from ..pieces import begin_piece
from ..pieces import end_piece
from ..runtime.runtime import Runtime
from .assets import Assets
from .assets import ENDPOINT
from .assets import RULE
from .definition import RENDER
from .kind import ComponentsKind
from .own import OwnComponents
from .own import share_of_app
from .rendering import assets_in
from .rendering import function_in
from .rendering import tag_in
from .tags import ComponentTags

ASSETS = "component_assets"

log = logging.getLogger("quart_hotframe.components")


def add_components(app: Quart, runtime: Runtime) -> None:
    """Let modules and the app have components, and templates the tags for them."""
    environment = runtime.own_environment
    runtime.environment_extensions[ComponentTags] = {"render": tag_in(runtime.visible)}
    runtime.environment_globals[RENDER] = function_in(runtime.visible)
    runtime.environment_globals[ASSETS] = assets_in(runtime.visible)
    assets = Assets(lambda: _serve(app, assets))
    runtime.published.append(lambda generation: assets.keep_only(generation.contributions))
    runtime.kinds[ComponentsKind.name] = ComponentsKind(environment, assets)
    runtime.host_items[ComponentsKind.name] = share_of_app(app, environment, assets)


def _serve(app: Quart, assets: Assets) -> None:
    """Let an app do what costs time only where components bring files."""
    before_render_template.connect(_begin_piece, app)
    template_rendered.connect(_end_piece, app)
    app.add_url_rule(RULE, ENDPOINT, assets.serve)


async def _begin_piece(app: Quart, **more: Any) -> None:
    begin_piece()


async def _end_piece(app: Quart, **more: Any) -> None:
    end_piece()


def read_components(runtime: Runtime) -> None:
    """Read the app's own components now, so that a wrong one is told before anybody uses it."""
    own: OwnComponents = runtime.host_items[ComponentsKind.name].definitions
    own.read()
    for name, error in own.faults.items():
        log.warning("The component %r cannot be used. %s", name, error)
