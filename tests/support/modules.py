"""Folders of modules, written for a test."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

BLUEPRINT = """\
from quart import Blueprint

blueprint = Blueprint("{name}", __name__, template_folder="templates", static_folder="static")
"""

VIEWS = """\
from . import blueprint


@blueprint.get("/")
async def index() -> str:
    return "{name} {version}"
"""


def write_module(
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    manifest: str = "",
    files: Mapping[str, str | bytes] | None = None,
) -> Path:
    """Write the module ``folder / name`` anew and return it.

    ``GET /<name>/`` answers with name and version, unless *files* has another ``views.py``.

    :param manifest: more lines of ``module.toml``; a line that gives a default key wins.
    :param files: more files by relative path, or others in the place of the default ones.
    """
    place = folder / name
    shutil.rmtree(place, ignore_errors=True)
    content: dict[str, str | bytes] = {
        "module.toml": _manifest(name, version, dedent(manifest)),
        "__init__.py": BLUEPRINT.format(name=name),
        "views.py": VIEWS.format(name=name, version=version),
        **(files or {}),
    }
    for path, text in content.items():
        write_file(place / path, text)
    return place


def write_file(path: Path, text: str | bytes) -> None:
    """Write one file, with its folders; text may be indented."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else dedent(text).encode())


def _manifest(name: str, version: str, more: str) -> str:
    default = {"name": name, "version": version, "url_prefix": f"/{name}"}
    given = {line.partition("=")[0].strip() for line in more.splitlines()}
    lines = [f'{key} = "{value}"' for key, value in default.items() if key not in given]
    return "\n".join([*lines, more, ""])
