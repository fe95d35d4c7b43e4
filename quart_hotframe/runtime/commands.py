"""What a command line that serves nobody sees of the mounted owners."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import ref

from click import Command
from click import Context
from click import get_current_context
from quart import Quart
from quart.cli import AppGroup
from quart.cli import QuartGroup

from .runtime import Runtime

LOOKING = ("routes", "shell")
"""Quart's own commands that look at the app, and so at what its owners brought."""
SHOWING = ("schema",)
"""Commands of extensions that do; that of quart-schema has no app context to notice it by."""


class OwnersGroup(AppGroup):
    """The app's own group, which also answers with the commands of the visible generation.

    ``load`` is called once before the first look at commands that the app itself does not have, or
    by ``quart routes``, ``quart shell`` or ``quart schema``, so that a command line without a
    server finds what modules brought.
    """

    def __init__(self, own: AppGroup, runtime: Runtime) -> None:
        super().__init__(name=own.name, commands=own.commands, params=own.params, help=own.help)
        self._runtime = runtime
        self.load: Callable[[], None] | None = None

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Return the app's own command of this name, else that of a module."""
        own = super().get_command(ctx, cmd_name)
        if cmd_name in SHOWING:
            self.loaded()
        return own or self._of_owners().get(cmd_name)

    def list_commands(self, ctx: Context) -> list[str]:
        """Return all names, sorted."""
        return sorted({*super().list_commands(ctx), *self._of_owners()})

    def _of_owners(self) -> dict[str, Any]:
        self.loaded()
        return self._runtime.visible().commands()

    def loaded(self) -> None:
        """Call ``load`` if nobody has."""
        load, self.load = self.load, None
        if load is not None:
            load()


def show_owners(app: Quart, base: type[Quart], group: OwnersGroup) -> None:
    """Let ``quart routes`` and ``quart shell`` see the owners; both begin with an app context.

    :param base: the app's class as it was before HotFrame.
    """
    get = ref(app)

    def app_context() -> Any:
        if _is_looking():
            group.loaded()
        return base.app_context(get())  # type: ignore[arg-type]

    vars(app)["app_context"] = app_context


def hide_owners(app: Quart) -> None:
    """Take back :func:`show_owners`, because the app serves and shows them anyway."""
    vars(app).pop("app_context", None)


def _is_looking() -> bool:
    context = get_current_context(silent=True)
    if context is None or context.parent is None:
        return False
    return isinstance(context.parent.command, QuartGroup) and context.command.name in LOOKING
