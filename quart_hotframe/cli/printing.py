"""Results on stdout: tables, fields and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import click

COLOURS = {
    "active": "green",
    "provisional": "yellow",
    "degraded": "yellow",
    "failed": "red",
    "quarantined": "red",
}
"""The colour of each state that is worth one."""


def print_json(value: Any) -> None:
    """Print a value as JSON; dates and the like become text."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows below a head, in columns; a column ``STATE`` is coloured on a terminal."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        cells[-1] = cells[-1].rstrip()
        click.echo("  ".join(_coloured(cell) for cell in cells).rstrip())


def print_fields(fields: Mapping[str, object]) -> None:
    """Print names and values in two columns; empty values are left out."""
    shown = {name: str(value) for name, value in fields.items() if value not in (None, "", ())}
    width = max(map(len, shown), default=0) + 1
    for name, value in shown.items():
        indented = value.replace("\n", "\n" + " " * (width + 1))
        click.echo(f"{name + ':':<{width}} {_coloured(indented)}")


def talk(text: str) -> None:
    """Write what is no result to stderr."""
    click.echo(text, err=True)


def _coloured(cell: str) -> str:
    colour = COLOURS.get(cell.strip())
    return click.style(cell, fg=colour) if colour else cell
