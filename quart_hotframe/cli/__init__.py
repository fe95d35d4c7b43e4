"""The command line: ``quart --app bazaar hotframe …``, and ``hotframe --app bazaar …``."""

from __future__ import annotations

import click
from click import Command
from click import Context
from quart.cli import QuartGroup

from . import configuring
from .database import db
from .modules import modules
from .settings import secret_key
from .settings import settings
from .vendoring import vendor

HELP = "Modules that come and go while the app serves."

modules.add_command(configuring.settings)
modules.add_command(configuring.configure)
cli = click.Group("hotframe", help=HELP, commands=[db, modules, secret_key, settings, vendor])


class Script(QuartGroup):
    """Takes ``--app``, ``--env-file`` and ``--debug`` as ``quart`` does, but has our commands."""

    def get_command(self, ctx: Context, name: str) -> Command | None:  # type: ignore[override]
        """Return one of our commands; those of the app belong to ``quart``."""
        return self.commands.get(name)

    def list_commands(self, ctx: Context) -> list[str]:
        """Return the names of our commands."""
        return sorted(self.commands)


def main() -> None:
    """Run the script ``hotframe``."""
    Script(
        name="hotframe", help=HELP, commands=cli.commands,
        add_default_commands=False, add_version_option=False,
    ).main()  # fmt: skip
