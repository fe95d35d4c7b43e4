"""Which files of a package a page needs: the one for browsers, and the licence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from ..errors import nearest
from ..errors import VendorError
from .names import check_path

SUFFIXES = (".js", ".mjs", ".css")
"""What a page can load."""
BUILT = "dist/cdn.min.js"
"""Where packages that say nothing of browsers often have a file for them."""
CONDITIONS = ("browser", "import", "default", "require")
_LICENCE = re.compile(r"(?:[\w-]+-)?(?:licen[cs]e|copying|notice)(?:[.-][\w.-]+)?", re.IGNORECASE)
_FOR_NODE = re.compile(r"\.cjs(?:\.js)?$|\.node$")


def chosen(manifest: dict[str, Any], names: Sequence[str], paths: Sequence[str]) -> list[str]:
    """Return the files to keep: *paths*, or the one that is made for browsers.

    :param manifest: the ``package.json``.
    :param names: all files of the package.
    :raises VendorError: there is none, or one of *paths* is not there.
    """
    if paths:
        return [_there(check_path(path), names) for path in dict.fromkeys(paths)]
    for path in _named(manifest, names):
        if (plain := _existing(path, names)) and not _FOR_NODE.search(plain):
            return [plain]
    raise VendorError(
        f"Its package.json names no file for browsers. Choose with --path: {_listed(names)}."
    )


def licences(names: Sequence[str]) -> list[str]:
    """Return the licence files at the top of a package."""
    return sorted(name for name in names if _LICENCE.fullmatch(name))


def licence_of(manifest: dict[str, Any]) -> str:
    """Return what a package says its licence is, ``""`` if it does not."""
    found = manifest.get("license")
    found = found.get("type") if isinstance(found, dict) else found
    return found if isinstance(found, str) and found.isprintable() else ""


def _named(manifest: dict[str, Any], names: Sequence[str]) -> Iterator[object]:
    yield manifest.get("unpkg")
    yield manifest.get("jsdelivr")
    yield BUILT
    yield manifest.get("browser")
    exports = manifest.get("exports")
    for _ in range(5):  # conditions within conditions
        if isinstance(exports, dict):
            exports = next((exports[one] for one in (".", *CONDITIONS) if one in exports), None)
    yield exports
    yield manifest.get("main")
    yield manifest.get("style")
    yield "index.js"


def _existing(path: object, names: Sequence[str]) -> str | None:
    try:
        plain = check_path(path)
    except VendorError:
        return None
    candidates = (plain, f"{plain}.js")
    return next((one for one in candidates if one in names and one.endswith(SUFFIXES)), None)


def _there(path: str, names: Sequence[str]) -> str:
    if path in names:
        return path
    raise VendorError(
        f"The package has no file {path!r}.{nearest(path, names)} It has {_listed(names)}."
    )


def _listed(names: Sequence[str], most: int = 12) -> str:
    found = [name for name in names if name.endswith(SUFFIXES)]
    found.sort(key=lambda name: (len(PurePosixPath(name).parts), name))
    return ", ".join(found[:most]) + (", …" if len(found) > most else "") or "none for a page"
