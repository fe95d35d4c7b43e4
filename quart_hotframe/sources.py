"""Where settings are given: ``app.config``, the environment, and ``.env`` files."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field
from io import StringIO
from pathlib import Path
from typing import Any

from quart.helpers import get_load_dotenv

from .errors import ConfigurationError

log = logging.getLogger("quart_hotframe")

PREFIX = "HOTFRAME_"
OF_TESTS = "HOTFRAME_TEST_"
"""How names begin that are left to tests."""
DOTENV = ".env"

_LINE = re.compile(rf"^[^\S\n]*(?:export[^\S\n]+)?['\"]?({PREFIX}\w*)", re.MULTILINE)


@dataclass(frozen=True)
class Given:
    """One value as it was given, and where."""

    value: Any = field(repr=False)
    source: str
    """``"app.config"``, ``"the environment"``, or file and line of a ``.env``."""


def gather(config: Mapping[str, Any], folders: Iterable[str | os.PathLike[str]] = ()) -> dict[
    str, Given
]:  # fmt: skip
    """Return what is given for the keys ``HOTFRAME_…``; nothing outside is changed.

    ``app.config`` wins over the environment, which wins over ``.env`` files.

    :param folders: where a ``.env`` may lie; the first one wins.
    :raises ConfigurationError: a line of a ``.env`` cannot be read.
    """
    found: dict[str, Given] = {}
    for file in reversed(_files(folders)):
        found |= _read(file)
    found |= {key: Given(value, "the environment") for key, value in os.environ.items()}
    found |= {key: Given(value, "app.config") for key, value in config.items()}
    return {key: given for key, given in found.items() if _is_ours(key, given)}


def _is_ours(key: str, given: Given) -> bool:
    is_of_test = key.startswith(OF_TESTS) and given.source != "app.config"
    return key.startswith(PREFIX) and not is_of_test


def _files(folders: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Return the ``.env`` files that are there, each once."""
    found: list[Path] = []
    for folder in folders if get_load_dotenv() else ():
        with suppress(OSError):  # the current folder may be gone
            path = (Path(folder) / DOTENV).resolve()
            if path.is_file() and path not in found:  # virtual environments are named so too
                found.append(path)
    return found


def _read(file: Path) -> dict[str, Given]:
    text = _text(file)
    lines = dict(_lines(text))
    if not lines:
        return {}  # it is none of our business
    try:
        from dotenv import dotenv_values
    except ImportError:
        log.warning(
            "%s has %s lines, which are not read: pip install 'quart-hotframe[dotenv]'.",
            file, PREFIX,
        )  # fmt: skip
        return {}
    values = dotenv_values(stream=StringIO(text), interpolate=False)
    found = {}
    for key, line in lines.items():
        value = values.get(key)
        if value is None:
            raise ConfigurationError(
                f"{file}, line {line}: the value of {key} cannot be read. Write {key}=value, and "
                "close its quotes."
            )
        found[key] = Given(value, f"{file}, line {line}")
    return found


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig", "surrogateescape")
    except OSError as error:
        log.warning("%s cannot be read and is passed over: %s.", file, error.strerror)
        return ""


def _lines(text: str) -> Iterator[tuple[str, int]]:
    """Yield our keys, each with the number of its line; the last one counts, as in python-dotenv.

    Inside quotes of several lines such a line is no key.
    """
    for match in _LINE.finditer(text):
        if not match[1].startswith(OF_TESTS):
            yield match[1], text.count("\n", 0, match.start()) + 1
