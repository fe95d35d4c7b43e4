"""Where a key stands in a TOML text, for error messages (``tomllib`` does not tell)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

_TOKEN = re.compile(
    r'''
      (?P<long>   """(?:\\.|[^\\])*?"""(?:"{0,2}) | \'\'\'.*?\'\'\'(?:'{0,2}) )
    | (?P<quoted> "(?:\\.|[^"\\\n])*" | '[^'\n]*' )
    | (?P<comment> \#[^\n]* )
    | (?P<newline> \n )
    | (?P<mark> [\[\]{}=.,] )
    | (?P<bare> [^\s"'\#\[\]{}=.,]+ )
    ''',
    re.VERBOSE | re.DOTALL,
)

_Token = tuple[str, str, int]
"""Kind, text, number of the line in which it begins."""


def line_of(text: str, *keys: str) -> int:
    """Return the line, counted from 1, where the key ``keys[0].keys[1]…`` is written.

    A key that cannot be found stands where its table stands; an unknown one is on line 1.

    :param text: a valid TOML document.
    :param keys: the parts of the key, outermost first.

    >>> line_of('name = "a"\\n[settings]\\nsize = 1\\n', "settings", "size")
    3
    """
    lines = _lines_of_keys(text)
    for length in range(len(keys), 0, -1):
        if keys[:length] in lines:
            return lines[keys[:length]]
    return 1


def _lines_of_keys(text: str) -> dict[tuple[str, ...], int]:
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for statement in _statements(text):
        is_header = statement[0][1] == "["
        path = _path(statement)
        if is_header:
            table = path
        full = path if is_header else table + path
        for length in range(1, len(full) + 1):
            lines.setdefault(full[:length], statement[0][2])
    return lines


def _statements(text: str) -> Iterator[list[_Token]]:
    """Yield the tokens of each table header and each ``key = value``, over all their lines."""
    statement: list[_Token] = []
    depth = 0
    for token in _tokens(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[1], 0)
        if token[0] != "newline":
            statement.append(token)
        elif depth <= 0 and statement:
            yield statement
            statement, depth = [], 0
    if statement:
        yield statement


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    position = 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", position, match.start())
        position = match.start()
        if match.lastgroup != "comment":
            yield str(match.lastgroup), match.group(), line


def _path(statement: list[_Token]) -> tuple[str, ...]:
    """Return the parts of the key: everything before ``=``, or inside ``[…]``."""
    parts: list[str] = []
    for kind, text, _ in statement:
        if text == "=":
            break
        if kind == "quoted":
            parts.append(tomllib.loads(f"key = {text}")["key"])
        elif kind == "bare":
            parts.append(text)
    return tuple(parts)
