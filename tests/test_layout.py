"""The shape of the package: who imports whom, and which names are public."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest

import quart_hotframe
from quart_hotframe.config import PREFIX
from quart_hotframe.config import Settings

ROOT = Path(__file__).parents[1]
SNAPSHOT = tomllib.loads(Path(__file__).with_name("public_surface.toml").read_text("utf-8"))
ADVICE = "Is the change meant? Then edit tests/public_surface.toml and CHANGES.md."


def run_import_linter(root: Path) -> subprocess.CompletedProcess[str]:
    arguments = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    code = "import sys; from importlinter.cli import lint_imports_command as c; c(sys.argv[1:])"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def command_lines(group: click.Group, path: str = "hotframe") -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            lines |= command_lines(command, f"{path} {name}")
        else:
            lines[f"{path} {name}"] = sorted(p.opts[-1] for p in command.params)
    return lines


def test_imports_point_downwards() -> None:
    done = run_import_linter(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def package_with(root: Path, importer: str, imported: str) -> None:
    package = root / "quart_hotframe"
    for name in (importer, imported):
        (package / name).mkdir(parents=True)
        (package / name / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / importer / "part.py").write_text(f"from .. import {imported}\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("modules", "extension"),
        ("modules", "database"),
        ("runtime", "modules"),
        ("errors", "runtime"),
        ("extension", "cli"),
    ],
)
def test_an_import_that_points_upwards_or_sideways_is_found(
    tmp_path: Path, importer: str, imported: str
) -> None:
    package_with(tmp_path, importer, imported)
    done = run_import_linter(tmp_path)
    assert done.returncode == 1
    assert f"quart_hotframe.{importer}.part -> quart_hotframe.{imported}" in done.stdout


def test_live_may_import_components(tmp_path: Path) -> None:
    package_with(tmp_path, "live", "components")
    assert run_import_linter(tmp_path).returncode == 0


def test_a_file_without_a_layer_is_found(tmp_path: Path) -> None:
    package_with(tmp_path, "config", "somewhere")
    assert run_import_linter(tmp_path).returncode == 1


def test_the_public_names_are_those_of_the_snapshot() -> None:
    assert sorted(quart_hotframe.__all__) == SNAPSHOT["names"], ADVICE


def test_every_public_name_exists_and_is_listed_in_order() -> None:
    assert all(hasattr(quart_hotframe, name) for name in quart_hotframe.__all__)
    assert list(quart_hotframe.__all__) == sorted(quart_hotframe.__all__)
    assert len(quart_hotframe.__all__) <= 25


def test_the_settings_are_those_of_the_snapshot() -> None:
    found = sorted(PREFIX + field.name.upper() for field in fields(Settings))
    assert found == SNAPSHOT["settings"], ADVICE


def test_the_commands_and_their_options_are_those_of_the_snapshot() -> None:
    from quart_hotframe.cli import cli

    wanted: dict[str, Any] = SNAPSHOT["commands"]
    assert command_lines(cli) == wanted, ADVICE
