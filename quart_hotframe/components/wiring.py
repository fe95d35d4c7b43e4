"""What the extension does to give an app components."""

from __future__ import annotations

import logging

from quart import Quart

from ..runtime.runtime import Runtime
from .definition import RENDER
from .kind import ComponentsKind
from .own import OwnComponents
from .own import share_of_app
from .rendering import function_in
from .rendering import tag_in
from .tags import ComponentTags

log = logging.getLogger("quart_hotframe.components")


def add_components(app: Quart, runtime: Runtime) -> None:
    """Let modules and the app have components, and templates the tags for them."""
    environment = runtime.own_environment
    runtime.environment_extensions[ComponentTags] = {"render": tag_in(runtime.visible)}
    runtime.environment_globals[RENDER] = function_in(runtime.visible)
    runtime.kinds[ComponentsKind.name] = ComponentsKind(environment)
    runtime.host_items[ComponentsKind.name] = share_of_app(app, environment)


def read_components(runtime: Runtime) -> None:
    """Read the app's own components now, so that a wrong one is told before anybody uses it."""
    own: OwnComponents = runtime.host_items[ComponentsKind.name].definitions
    own.read()
    for name, error in own.faults.items():
        log.warning("The component %r cannot be used. %s", name, error)
