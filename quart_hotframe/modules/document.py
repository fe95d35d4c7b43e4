"""A TOML file whose faults name file, line and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from typing import cast
from typing import TypeVar

from packaging.specifiers import InvalidSpecifier
from packaging.specifiers import SpecifierSet

from ..errors import ManifestError
from ..errors import nearest
from .toml_lines import line_of

MAX_BYTES = 64 * 1024
"""Largest manifest that is read, in bytes."""

_T = TypeVar("_T")

_WORDS: dict[type, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


def read_text(file: Path, shown: str) -> str:
    """Return the text of a small UTF-8 file.

    :param file: the file.
    :param shown: the path that messages name.
    :raises ManifestError: if it is absent, no file, too large, or not UTF-8.
    """
    if file.is_dir():
        raise ManifestError(f"{shown} is a folder. Write a file of this name instead.")
    if file.exists() and not file.is_file():
        raise ManifestError(f"{shown} is not a regular file. Write a text file instead.")
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ManifestError(f"{shown} is missing. Every module needs this file.") from None
    except OSError as error:
        raise ManifestError(f"{shown} cannot be read: {error.strerror}.") from error
    return _decode(raw, shown)


def _decode(raw: bytes, shown: str) -> str:
    if len(raw) > MAX_BYTES:
        raise ManifestError(f"{shown} is larger than {MAX_BYTES} bytes. Make it smaller.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ManifestError(f"{shown}, line {line}: not UTF-8. Save the file as UTF-8.") from None


class Document:
    """The values of one TOML text, taken out key by key.

    :param text: the TOML text.
    :param path: the path that messages name.
    :raises ManifestError: if the text is empty or not TOML.
    """

    def __init__(self, text: str, path: str) -> None:
        self.text = text
        self.path = path
        self.values = self._load()

    def _load(self) -> dict[str, Any]:
        if not self.text.strip():
            raise ManifestError(f'{self.path} is empty. Write at least name = "…", version = "…".')
        try:
            return tomllib.loads(self.text)
        except RecursionError:
            raise ManifestError(f"{self.path}: nested too deeply. Make it flatter.") from None
        except tomllib.TOMLDecodeError as error:
            raise self._syntax_error(str(error)) from None
        except ValueError:
            raise self._number_error() from None

    def _number_error(self) -> ManifestError:
        # The one error that tomllib lets through without a place: int() has a limit.
        found = re.search(r"[0-9_]{4301,}", self.text)
        line = self.text.count("\n", 0, found.start()) + 1 if found else 1
        return ManifestError(f"{self.path}, line {line}: a number is too long. Shorten it.")

    def _syntax_error(self, message: str) -> ManifestError:
        found = re.search(r" \(at line (\d+), column (\d+)\)$", message)
        if not found:
            last = self.text.rstrip().count("\n") + 1
            problem = message.removesuffix(" (at end of document)")
            return ManifestError(f"{self.path}, line {last}: {problem}. Correct the TOML.")
        problem, line, column = message[: found.start()], found[1], found[2]
        return ManifestError(
            f"{self.path}, line {line}, column {column}: {problem}. Correct the TOML."
        )

    def fault(self, *keys: str, problem: str) -> ManifestError:
        """Return the error that names file, line and key; the caller raises it.

        :param keys: the parts of the key, outermost first.
        :param problem: what is wrong and what to do.
        """
        line = line_of(self.text, *keys)
        return ManifestError(f"{self.path}, line {line}, key {'.'.join(keys)!r}: {problem}")

    def only(self, known: Iterable[str]) -> None:
        """Refuse every key that is not known.

        :raises ManifestError: for the first unknown key, with the nearest known one.
        """
        known = sorted(known)
        for key in self.values:
            if key not in known:
                hint = nearest(key.lower(), known) or f" Known are: {', '.join(known)}."
                raise self.fault(key, problem=f"unknown key.{hint}")

    def value(self, key: str, kind: type[_T], default: _T) -> _T:
        """Return the value of a key, or ``default`` if it is absent.

        :raises ManifestError: if the value has another type.
        """
        value = self.values.get(key, default)
        if not is_a(value, kind):
            raise self.fault(key, problem=f"must be {_WORDS[kind]}, not {described(value)}.")
        return cast("_T", value)

    def required(self, key: str, example: str) -> str:
        """Return the text of a key that must be there.

        :raises ManifestError: if it is absent, empty or not a text.
        """
        if key not in self.values:
            raise ManifestError(
                f"{self.path}, line 1, key {key!r}: missing. Write {key} = {example!r}."
            )
        if not self.value(key, str, ""):
            raise self.fault(key, problem=f"is empty. Write for example {example!r}.")
        return self.value(key, str, "")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of non-empty texts, each given once.

        :raises ManifestError: for an item that is no text, is empty or is given twice.
        """
        items = self.value(key, list, [])
        for index, item in enumerate(items):
            if not isinstance(item, str) or not item.strip():
                raise self.fault(key, problem=f"item {index + 1} must be a text that is not empty.")
            if item in items[:index]:
                raise self.fault(key, problem=f"{item!r} is given twice. Remove one.")
        return tuple(items)

    def specifier(self, key: str) -> SpecifierSet:
        """Return a version range; the empty one accepts everything.

        :raises ManifestError: if the text is no version range.
        """
        text = self.value(key, str, "")
        try:
            return SpecifierSet(text)
        except InvalidSpecifier:
            problem = f"{text!r} is not a version range. Write for example '>=1.2,<2'."
            raise self.fault(key, problem=problem) from None


def is_a(value: object, kind: type) -> bool:
    """Say whether a TOML value has this type; ``true`` is no number, ``1`` is a ``float``."""
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)


def described(value: object) -> str:
    """Return a TOML value for a message, shortened."""
    if isinstance(value, dict):
        return "a table"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
