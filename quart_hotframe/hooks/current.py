"""The table of hooks that the running code sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from quart import current_app
from quart import Quart

from ..errors import SetupError
from .table import HookTable

# Bound once: looking it up on the proxy goes through the app, and this is on the way of every send.
_proxy: Any = current_app
_current_app: Callable[[], Quart] = _proxy._get_current_object


def current_table() -> HookTable:
    """Return the table of the generation that the caller is pinned to.

    :raises SetupError: there is no app context, or the app has no HotFrame.
    """
    try:
        app = _current_app()
    except RuntimeError as error:
        raise SetupError(
            "Hooks are sent within an app context, and there is none: call from a request or a "
            "task of the app, or inside `async with app.app_context():`."
        ) from error
    extension = app.extensions.get("hotframe")
    if extension is None:
        raise SetupError(f"App {app.name!r} has no HotFrame: call HotFrame(app) first.")
    table: HookTable = extension.table_of_hooks()
    return table
