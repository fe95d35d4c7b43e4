"""The commands of the app and of the mounted owners, as one click group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from click import Command
from click import Context
from quart.cli import AppGroup

from .runtime import Runtime


class OwnersGroup(AppGroup):
    """The app's own group, which also answers with the commands of the visible generation.

    ``load`` is called once before the first look at commands that the app itself does not have,
    so that a command line without a server finds those of modules too.
    """

    def __init__(self, own: AppGroup, runtime: Runtime) -> None:
        super().__init__(name=own.name, commands=own.commands, params=own.params, help=own.help)
        self._runtime = runtime
        self.load: Callable[[], None] | None = None

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Return the app's own command of this name, else that of a module."""
        own = super().get_command(ctx, cmd_name)
        return own or self._of_owners().get(cmd_name)

    def list_commands(self, ctx: Context) -> list[str]:
        """Return all names, sorted."""
        return sorted({*super().list_commands(ctx), *self._of_owners()})

    def _of_owners(self) -> dict[str, Any]:
        load, self.load = self.load, None
        if load is not None:
            load()
        return self._runtime.visible().commands()
