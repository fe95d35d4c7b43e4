"""``hotframe modules …``: look at modules and change which are served."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from quart.cli import pass_script_info
from quart.cli import ScriptInfo

from ..modules.plan import BECOMES
from ..modules.plan import Plan
from .changing import Change
from .changing import change
from .changing import planned
from .changing import print_plan
from .explaining import explanation
from .explaining import print_explanation
from .listing import overview
from .listing import print_module
from .listing import print_modules
from .listing import print_operations
from .listing import record
from .printing import print_json
from .printing import talk
from .running import run_async

KINDS = ("install", "enable", "disable", "upgrade", "rollback", "reload", "uninstall")
OPTIONS_OF_KINDS = {
    "disable": {"cascade"},
    "upgrade": {"allow_downgrade", "downgrade"},
    "rollback": {"downgrade"},
    "uninstall": {"data", "force", "cascade"},
}
"""Which options change the plan of which operation."""

source_type = click.Path(exists=True, path_type=Path)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
dry_run = click.option("--dry-run", is_flag=True, help="Print the plan; nothing happens.")
cascade = click.option("--cascade", is_flag=True, help="Also the modules that need it.")
allow_downgrade = click.option(
    "--allow-downgrade", is_flag=True, help="Take an older version than the one that is there."
)
downgrade = click.option(
    "--downgrade", is_flag=True, help="Take back the migrations of the version that goes."
)
data = click.option(
    "--data", type=click.Choice(list(BECOMES)), default="keep", show_default=True,
    help="What becomes of the module's tables; export writes a file, then drops them.",
)  # fmt: skip
yes = click.option("--yes", is_flag=True, help="Do not ask.")
force = click.option("--force", is_flag=True, help="Also when the module is protected.")


def changing(command: Callable[..., Any]) -> Callable[..., Any]:
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
    print_modules(run_async(info, overview), as_json=as_json)


@modules.command()
@click.argument("name")
@as_json
@pass_script_info
def show(info: ScriptInfo, name: str, as_json: bool) -> None:
    """Show one module."""
    print_module(run_async(info, lambda hotframe: record(hotframe, name)), as_json=as_json)


@modules.command()
@click.argument("name")
@as_json
@pass_script_info
def explain(info: ScriptInfo, name: str, as_json: bool) -> None:
    """Say why a module is as it is."""
    found = run_async(info, lambda hotframe: explanation(hotframe, name))
    print_explanation(found, as_json=as_json)


@modules.command()
@click.option("--limit", default=20, show_default=True, help="How many at most.")
@as_json
@pass_script_info
def operations(info: ScriptInfo, limit: int, as_json: bool) -> None:
    """List past operations, the newest first."""
    found = run_async(info, lambda hotframe: hotframe.modules.operations(limit))
    print_operations(found, as_json=as_json)


@modules.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("name")
@click.argument("source", required=False, type=source_type)
@cascade
@data
@force
@allow_downgrade
@downgrade
@click.option("--sql", is_flag=True, help="Print the SQL of its migrations instead.")
@as_json
@pass_script_info
def plan(
    info: ScriptInfo, /, kind: str, name: str, source: Path | None, sql: bool, as_json: bool,
    **options: Any,
) -> None:  # fmt: skip
    """Print what an operation would do; nothing happens. To install, NAME is the source."""
    fitting = _fitting(kind, options)
    if kind == "install" and not Path(name).exists():
        raise click.BadParameter(f"Path {name!r} does not exist.", param_hint="NAME")
    found = planned(info, Change(kind, name, source, fitting))
    if sql:
        print(found.sql, end="")
    else:
        print_plan(found, as_json=as_json)


def _fitting(kind: str, options: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in options.items() if value not in (False, "keep")}
    for name in sorted(set(given) - OPTIONS_OF_KINDS.get(kind, set())):
        raise click.UsageError(f"--{name.replace('_', '-')} is no option of {kind}.")
    return given


# -- changing ------------------------------------------------------------------------------------


@modules.command()
@click.argument("source", type=source_type)
@changing
def install(info: ScriptInfo, source: Path, **how: bool) -> None:
    """Take in a module from a folder, zip or wheel; it is not enabled yet."""
    change(info, Change("install", str(source)), **how)


def plain(kind: str, help: str) -> None:
    """Add the command of an operation that takes a module's name and nothing else."""

    @modules.command(kind, help=help)
    @click.argument("name")
    @changing
    def command(info: ScriptInfo, name: str, **how: bool) -> None:
        change(info, Change(kind, name), **how)


plain("enable", "Serve a module, what it needs, and what a cascade disabled with it.")
plain("reload", "Load a module's files anew, with the modules that need it.")


@modules.command()
@click.argument("name")
@cascade
@changing
def disable(info: ScriptInfo, name: str, cascade: bool, **how: bool) -> None:
    """Serve a module no longer; its files and data stay."""
    change(info, Change("disable", name, options={"cascade": cascade}), **how)


@modules.command()
@click.argument("name")
@click.argument("source", required=False, type=source_type)
@allow_downgrade
@downgrade
@yes
@changing
def upgrade(
    info: ScriptInfo, name: str, source: Path | None, yes: bool, dry_run: bool, as_json: bool,
    **options: bool,
) -> None:  # fmt: skip
    """Serve another version; without SOURCE, that of the modules folder as it is now."""
    wanted = Change("upgrade", name, source, options if source is not None else {})
    if options["downgrade"] and not yes and not dry_run:
        _confirm(info, wanted, f"Upgrade {name!r} and take back its migrations?")
    change(info, wanted, dry_run=dry_run, as_json=as_json)


@modules.command()
@click.argument("name")
@downgrade
@yes
@changing
def rollback(info: ScriptInfo, name: str, downgrade: bool, yes: bool, **how: bool) -> None:
    """Serve the version before again, from its own files."""
    wanted = Change("rollback", name, options={"downgrade": downgrade})
    if downgrade and not yes and not how["dry_run"]:
        _confirm(info, wanted, f"Roll {name!r} back and take back its migrations?")
    change(info, wanted, **how)


@modules.command()
@click.argument("name")
@as_json
@pass_script_info
def reset(info: ScriptInfo, name: str, as_json: bool) -> None:
    """Forget the errors that made a module degraded, in every worker."""
    module = run_async(info, lambda hotframe: hotframe.modules.reset(name))
    if as_json:
        print_json(module.to_dict())
    else:
        print(f"The errors of {name} are forgotten: every worker counts anew.")


@modules.command()
@click.argument("name")
@data
@force
@cascade
@yes
@changing
def uninstall(info: ScriptInfo, name: str, yes: bool, **options: Any) -> None:
    """Remove a module and its files. It asks first."""
    how = {key: options.pop(key) for key in ("dry_run", "as_json")}
    wanted = Change("uninstall", name, options=options)
    if not yes and not how["dry_run"]:
        _confirm(info, wanted, _question)
    change(info, wanted, **how)


def _question(plan: Plan) -> str:
    going = plan.detail["modules"]
    names = ", ".join(repr(name) for name in going)
    whose = "its" if len(going) == 1 else "their"
    return f"Uninstall {names} and {plan.detail['data']} {whose} data?"


def _confirm(info: ScriptInfo, wanted: Change, question: str | Callable[[Plan], str]) -> None:
    """Say what would be lost, and ask whether it may go.

    :param question: the question, or what makes it of the plan.
    :raises click.Abort: when the answer is no, or there is none.
    """
    if not sys.stdin.isatty():
        raise click.UsageError("Nobody can be asked here: pass --yes, or look with --dry-run.")
    plan = planned(info, wanted)
    if plan.loses:
        talk(f"Lost with all that is in it: {', '.join(plan.loses)}.")
    for path in plan.detail.get("exports", {}).values():
        talk(f"Its rows are written to {path} first.")
    asked = question if isinstance(question, str) else question(plan)
    click.confirm(asked, abort=True, err=True)
