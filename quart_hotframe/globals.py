"""The HotFrame object of the current app, and the module whose code runs."""

from __future__ import annotations

from typing import cast
from typing import TYPE_CHECKING

from quart import current_app
from werkzeug.local import LocalProxy

from .errors import SetupError

if TYPE_CHECKING:
    from .extension import HotFrame
    from .modules.records import Module


def _hotframe() -> HotFrame:
    found = current_app.extensions.get("hotframe")
    if found is None:
        raise SetupError(f"App {current_app.name!r} has no HotFrame: call HotFrame(app) first.")
    return cast("HotFrame", found)


def _module() -> Module:
    name = _hotframe().runtime.owner()
    if name is None or name not in _hotframe().modules:
        raise SetupError("current_module is there while code of a module runs for a request.")
    return _hotframe().modules[name]


current_hotframe = cast("HotFrame", LocalProxy(_hotframe))
"""The :class:`~quart_hotframe.HotFrame` of the current app."""

current_module = cast("Module", LocalProxy(_module))
"""The record of the module that answers the request, with its ``settings``."""
