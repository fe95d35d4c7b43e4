"""Files that an installed distribution brings: only those that it lists itself."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import distribution
from importlib.metadata import PackageNotFoundError
from pathlib import Path

from ..errors import nearest
from ..errors import SetupError


def file_of_wheel(name: str, place: str) -> Path:
    """Return a file of an installed distribution.

    :param name: what it is for, for messages: a key of ``HOTFRAME_VENDOR``.
    :param place: distribution and path, such as ``"django-htmx:django_htmx/static/…/htmx-4.js"``;
        the end of a path is enough where no other file has it.
    :raises SetupError: the distribution is not installed, or has no such file of its own.
    """
    wheel, _, path = place.partition(":")
    if not wheel or not path:
        raise SetupError(
            f"HOTFRAME_VENDOR, {name!r}: write 'distribution:path/of/file.js', not {place!r}."
        )
    try:
        found = distribution(wheel)
    except PackageNotFoundError as error:
        raise SetupError(
            f"HOTFRAME_VENDOR, {name!r}: {wheel!r} is not installed: pip install {wheel}."
        ) from error
    listed = {file.as_posix(): file for file in found.files or ()}
    return Path(str(found.locate_file(listed[_full(name, wheel, path, listed)])))


def _full(name: str, wheel: str, path: str, listed: Iterable[str]) -> str:
    if path in listed:
        return path
    ends = [one for one in listed if one.endswith(f"/{path}")]
    if len(ends) == 1:
        return ends[0]
    problem = f"has {len(ends)} files" if ends else "has no file"
    raise SetupError(
        f"HOTFRAME_VENDOR, {name!r}: {wheel} {problem} {path!r}.{nearest(path, listed)}"
    )
