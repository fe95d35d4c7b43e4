"""Environments in which peers are installed, each in one of its own on Python 3.12."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

from ...processes import output_of
from ..sides import Side

PACKAGES = {
    "component-framework": ("component-framework[fastapi]", "0.6.0"),
    "hotframe 1.3": ("hotframe", "1.3.1"),
}
"""The requirement and the version of each peer, by its kind."""
SERVER = "hypercorn==0.18.0"
VERSION = "3.12"


async def sides(folder: Path | None) -> list[Side]:
    """Return the peers that can be run; of the others it is told why not.

    :param folder: where their environments are, and stay; ``None`` leaves peers out.
    """
    if folder is None:
        print("peers are left out: name a folder for them with --peers", file=sys.stderr)
        return []
    python = await interpreter()
    if python is None:
        print(f"peers are left out: there is no Python {VERSION}", file=sys.stderr)
        return []
    found = await asyncio.gather(*(_side(kind, folder, python) for kind in PACKAGES))
    return [one for one in found if one is not None]


async def interpreter() -> str | None:
    """Return a Python for the peers, from the search path or from pyenv."""
    if (found := shutil.which(f"python{VERSION}")) is not None and await _runs(found):
        return found
    if shutil.which("pyenv") is None:
        return None
    try:
        latest = (await output_of("pyenv", "latest", VERSION)).strip()
        return str(Path((await output_of("pyenv", "prefix", latest)).strip()) / "bin" / "python")
    except RuntimeError:
        return None


async def _runs(python: str) -> bool:
    """Say whether it is one, and not a name that pyenv keeps for a version that is not chosen."""
    try:
        await output_of(python, "--version")
    except RuntimeError:
        return False
    return True


async def _side(kind: str, folder: Path, python: str) -> Side | None:
    package, version = PACKAGES[kind]
    home = (folder / f"{kind.partition(' ')[0]}-{version}").resolve()
    own = str(home / "bin" / "python")
    try:
        if not (home / "complete").exists():
            await output_of(python, "-m", "venv", "--clear", str(home))
            await output_of(own, "-m", "pip", "install", "-q", f"{package}=={version}", SERVER)
            (home / "complete").touch()
    except RuntimeError as error:
        print(f"{kind} is left out: {error}", file=sys.stderr)
        return None
    return Side(kind, own, version)
