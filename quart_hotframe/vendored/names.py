"""Names of packages, versions and the files in them, as far as they may become paths."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from ..errors import VendorError

_PART = r"[a-z0-9~-][a-z0-9._~-]*"
_NAME = re.compile(rf"(?:@{_PART}/)?{_PART}")
_VERSION = re.compile(r"\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?")
_FILE = re.compile(r"[A-Za-z0-9@_~-][A-Za-z0-9@._~+-]*")
MAX_LENGTH = 214
"""Characters that npm allows in a name."""


def split(wanted: str) -> tuple[str, str]:
    """Return name and version of ``"htmx.org@2.0.11"`` or ``"@hotwired/turbo@8.0.23"``.

    :raises VendorError: it is not both of them, or one is no name or exact version of npm's.
    """
    name, _, version = wanted.rpartition("@")
    if not name:
        raise VendorError(f"{wanted!r} has no version: write for example {wanted}@1.2.3.")
    check_name(name)
    if not _VERSION.fullmatch(version):
        raise VendorError(f"{version!r} is no exact version: write for example {name}@1.2.3.")
    return name, version


def check_name(name: object) -> str:
    """Return the name of a package.

    :raises VendorError: it is none.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > MAX_LENGTH:
        raise VendorError(
            f"{name!r} is no name of a package: write it as npm has it, such as 'htmx.org' or "
            "'@hotwired/turbo'."
        )
    return name


def check_version(version: object) -> str:
    """Return an exact version.

    :raises VendorError: it is none.
    """
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise VendorError(f"{version!r} is no exact version, such as '1.2.3'.")
    return version


def check_path(path: object) -> str:
    """Return the path of a file within a package, with ``/``.

    :raises VendorError: it leads elsewhere, or has signs that file systems read in other ways.
    """
    if not isinstance(path, str) or not path or len(path) > 1024:
        raise VendorError(f"{path!r} is no path of a file.")
    plain = path.removeprefix("./")
    if not all(_FILE.fullmatch(part) for part in plain.split("/")):
        raise VendorError(f"{path!r} is no plain relative path, such as 'dist/htmx.min.js'.")
    return str(PurePosixPath(plain))
