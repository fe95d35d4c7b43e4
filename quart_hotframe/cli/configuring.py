"""``hotframe modules settings`` and ``configure``: the settings of one module."""

from __future__ import annotations

import json
from typing import Any

import click
from quart.cli import pass_script_info
from quart.cli import ScriptInfo

from ..extension import HotFrame
from ..modules import configuring
from ..modules.configuring import Shown
from ..modules.plan import Plan
from ..modules.worker import Worker
from .changing import print_plan
from .printing import print_json
from .printing import print_table
from .printing import talk
from .running import run_async

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@click.argument("name")
@as_json
@pass_script_info
def settings(info: ScriptInfo, name: str, as_json: bool) -> None:
    """List the settings of a module; secrets are not shown."""
    found = run_async(info, lambda hotframe: configuring.look(_worker(hotframe), name))
    if as_json:
        print_json([vars(one) for one in found])
    elif found:
        head = ("NAME", "VALUE", "DEFAULT", "TYPE", "GIVEN IN", "DESCRIPTION")
        print_table(head, [_row(one) for one in found])
    else:
        talk(f"The module {name!r} has no settings.")


@click.command()
@click.argument("name")
@click.argument("pairs", metavar="[KEY=VALUE]...", nargs=-1)
@click.option("--reset", multiple=True, metavar="KEY", help="Give it its default again.")
@click.option("--dry-run", is_flag=True, help="Print the plan; nothing happens.")
@as_json
@pass_script_info
def configure(
    info: ScriptInfo, name: str, pairs: tuple[str, ...], reset: tuple[str, ...], dry_run: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Change settings of a module while it serves, in every worker."""
    if not pairs and not reset:
        raise click.UsageError("Say what to change: KEY=VALUE, or --reset KEY.")
    change = configuring.Change(name, dict(map(_pair, pairs)), reset, texts=True)
    if dry_run:
        plan = run_async(info, lambda hotframe: configuring.plan(_worker(hotframe), change))
        print_plan(plan, as_json=as_json)
        return
    done = run_async(info, lambda hotframe: hotframe.modules.change_settings(change))
    _print_done(done, as_json=as_json)


def _worker(hotframe: HotFrame) -> Worker:
    worker = hotframe.modules.worker
    assert worker is not None  # a command follows the store
    return worker


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise click.UsageError(f"{key!r} has no value: write KEY=VALUE.")
    return key, value


def _row(one: Shown) -> tuple[str, ...]:
    value, default = _text(one.value), _text(one.default)
    return one.name, value, default, one.type, one.source, one.description


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value if value.isprintable() else repr(value)  # it may move the cursor
    return json.dumps(value, ensure_ascii=False, default=str)


def _print_done(done: Plan, *, as_json: bool) -> None:
    if as_json:
        print_json(done.to_dict())
    elif done.steps:
        print(done)
        talk("Every worker uses it as soon as it looks at the store.")
    else:
        print(f"{done.module} is set so already; nothing was changed.")
