"""``hotframe settings`` and ``hotframe secret-key``: what the app is set to, and a key to set."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import fields
from typing import Any

import click
from quart.cli import pass_script_info
from quart.cli import ScriptInfo

from ..config import is_secret
from ..config import key_of
from ..config import MASK
from ..config import Settings
from ..extension import HotFrame
from .printing import print_json
from .printing import print_table
from .running import run_in_app

BYTES = 32
"""Random bytes of a new key."""


@dataclass(frozen=True)
class Shown:
    """One setting as it may be shown."""

    key: str
    value: Any
    source: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_script_info
def settings(info: ScriptInfo, as_json: bool) -> None:
    """Print every setting of HotFrame, and where it is given; secrets are not shown."""

    async def read(hotframe: HotFrame) -> list[Shown]:
        return list(_shown(hotframe.settings))

    found = run_in_app(info, read)
    if as_json:
        print_json([vars(one) for one in found])
        return
    rows = [(one.key, _text(one.value), one.source) for one in found]
    print_table(("KEY", "VALUE", "GIVEN IN"), rows)


@click.command("secret-key")
def secret_key() -> None:
    """Make a new SECRET_KEY and print it; nothing is changed."""
    click.echo(secrets.token_urlsafe(BYTES))


def _shown(settings: Settings) -> Iterator[Shown]:
    for one in fields(settings):
        key, value = key_of(one), getattr(settings, one.name)
        yield Shown(key, MASK if value and is_secret(one) else value, settings.source_of(key))


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(one if isinstance(one, str) else "=".join(one) for one in value)
    return value if isinstance(value, str) else repr(value)
