"""Names of fields, such as ``items.0.name``, and the tree that they stand for.

A row of a list is known by a number that it keeps while others are added and removed, so the
numbers may have gaps.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

DEEPEST = 8
"""Most parts of a name; deeper names are nobody's."""
LARGEST = 9999
"""The largest number of a row."""


class Node:
    """What was sent under one name, and under the names below it."""

    __slots__ = ("children", "values")

    def __init__(self, *values: Any) -> None:
        self.values: list[Any] = list(values)
        self.children: dict[str, Node] = {}

    def at(self, part: str) -> Node:
        """Return what is below; an empty node, which is not kept, when there is nothing."""
        return self.children.get(part) or Node()

    def rows(self) -> list[tuple[int, Node]]:
        """Return the rows of a list, by their numbers."""
        return sorted((int(key), node) for key, node in self.children.items() if is_row(key))

    @property
    def blank(self) -> bool:
        """Whether nothing was typed or chosen here or below."""
        return not any(self.values) and all(one.blank for one in self.children.values())


def is_row(part: str) -> bool:
    """Say whether a part of a name is the number of a row, in the one way to write it.

    >>> is_row("0"), is_row("12"), is_row("012"), is_row("-1"), is_row("10000")
    (True, True, False, False, False)
    """
    if not (part.isascii() and part.isdigit()) or len(part) > len(str(LARGEST)):
        return False
    return str(int(part)) == part


def nest(pairs: Iterable[tuple[str, Any]]) -> Node:
    """Return the tree that names and values stand for.

    >>> nest([("items.0.name", "Tea")]).at("items").at("0").at("name").values
    ['Tea']
    """
    root = Node()
    for name, value in pairs:
        parts = name.split(".", DEEPEST)
        if len(parts) > DEEPEST or not all(parts):
            continue
        node = root
        for part in parts:
            node = node.children.setdefault(part, Node())
        node.values.append(value)
    return root


def flatten(node: Node, name: str = "") -> Iterator[tuple[str, Any]]:
    """Return the names and values that make a tree, as :func:`nest` takes them."""
    for value in node.values:
        yield name, value
    for part, child in node.children.items():
        yield from flatten(child, joined(name, part))


def joined(name: str, part: object) -> str:
    """Return the name of what is below another."""
    return f"{name}.{part}" if name else str(part)
