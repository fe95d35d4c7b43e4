"""``hotframe modules …``: look at modules and change which are served."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from typing import TypeVar

import click
from quart.cli import pass_script_info
from quart.cli import ScriptInfo

from ..modules.store import History
from .changing import change
from .changing import Change
from .changing import print_plan
from .explaining import explain_module
from .listing import print_module
from .listing import print_modules
from .listing import print_operations
from .running import run_async

F = TypeVar("F", bound=Callable[..., Any])

KINDS = ("install", "enable", "disable", "upgrade", "rollback", "reload", "uninstall")
OPTIONS_OF_KINDS = {
    "disable": {"cascade"},
    "upgrade": {"allow_downgrade"},
    "uninstall": {"data", "force"},
}
"""Which options change the plan of which operation."""

source_type = click.Path(exists=True, path_type=Path)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
dry_run = click.option("--dry-run", is_flag=True, help="Print the plan; nothing happens.")
cascade = click.option("--cascade", is_flag=True, help="Also disable the modules that need it.")
allow_downgrade = click.option(
    "--allow-downgrade", is_flag=True, help="Take an older version than the one that is there."
)
data = click.option(
    "--data", type=click.Choice(["keep", "drop"]), default="keep", show_default=True,
    help="What becomes of the module's data.",
)  # fmt: skip
force = click.option("--force", is_flag=True, help="Also when the module is protected.")


def changing(command: F) -> F:
    """Give a command what all changes have: ``--dry-run``, ``--json`` and the app."""
    return dry_run(as_json(pass_script_info(command)))


@click.group()
def modules() -> None:
    """Modules: what there is, and what is served."""


# -- looking -------------------------------------------------------------------------------------


@modules.command("list")
@as_json
@pass_script_info
def list_command(info: ScriptInfo, as_json: bool) -> None:
    """List all modules, also those that only lie in the modules folder."""
    found, faults = run_async(info, print_modules.collect)
    print_modules(found, faults, as_json=as_json)
