"""The HotFrame object of the current app, the module whose code runs, and the user."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any
from typing import cast
from typing import TYPE_CHECKING

from quart import current_app
from quart import Quart
from werkzeug.local import LocalProxy

from .errors import SetupError

if TYPE_CHECKING:
    from .database.facade import Databases
    from .extension import HotFrame
    from .modules.records import Module
    from .security.guards.user import User


_current_app: Any = current_app
_app: Callable[[], Quart] = _current_app._get_current_object


def this_hotframe() -> HotFrame:
    """Return what :data:`current_hotframe` stands for, for what is asked at every request."""
    app = _app()
    found = app.extensions.get("hotframe")
    if found is None:
        raise SetupError(f"App {app.name!r} has no HotFrame: call HotFrame(app) first.")
    return cast("HotFrame", found)


_running: ContextVar[Module | None] = ContextVar("hotframe_running_module", default=None)


@contextmanager
def running(module: Module | None) -> Iterator[None]:
    """Let ``current_module`` be a version that does not serve yet, or no longer."""
    token = _running.set(module)
    try:
        yield
    finally:
        _running.reset(token)


def _module() -> Module:
    hotframe, running = this_hotframe(), _running.get()
    if running is not None:
        return running
    name = hotframe.runtime.owner() or ""
    seen = hotframe.runtime.visible().contributions.get(name)
    if seen is None or "module" not in seen.items:
        raise SetupError("current_module is there while code of a module runs for a request.")
    if hotframe.runtime.visible() is hotframe.runtime.current and name in hotframe.modules:
        return hotframe.modules[name]
    settings = hotframe.runtime.visible().kinds["settings"][name]
    if seen is hotframe.runtime.current.contributions.get(name) and name in hotframe.modules:
        return replace(hotframe.modules[name], settings=settings)
    left: Module = seen.items["module"]  # an old request, whose version has left
    return replace(left, settings=settings)


current_hotframe = cast("HotFrame", LocalProxy(this_hotframe))
"""The :class:`~quart_hotframe.HotFrame` of the current app."""

db = cast("Databases", LocalProxy(lambda: this_hotframe().db))
"""The databases of the current app: :attr:`quart_hotframe.HotFrame.db`."""

current_module = cast("Module", LocalProxy(_module))
"""The record of the module that answers the request, with its ``settings``."""

current_user = cast("User", LocalProxy(lambda: this_hotframe().users.current()))
"""The user of the request, as ``HOTFRAME_USER_LOADER`` gave it, once a guard or ``load_user`` has
asked for it. The name is that of quart-auth's and Flask-Login's, whose place it takes."""
