"""Rows of lists that come and go by the buttons of a form, which need no JavaScript."""

from __future__ import annotations

from .names import DEEPEST
from .names import LARGEST
from .names import Node
from .reading import spread
from .shapes import Shape
from .showing import fresh

BUTTON = "hf-list"
"""The name of the buttons; their values are ``add items`` and ``remove items.0``."""
MOST_AT_FIRST = 20
"""Most rows that a list begins with because it must have some."""


def change_rows(root: Shape, node: Node, wish: str) -> str:
    """Add or remove a row as a button says; what is no list of the model stays as it is.

    :returns: the name of what should have the focus.
    """
    verb, _, name = wish.partition(" ")
    if verb == "add" and (shape := _list(root, node, name)) is not None:
        number = add_row(shape, _below(node, name))
        return name if number is None else _first(shape, f"{name}.{number}")
    name, _, number_of = name.rpartition(".")
    if verb == "remove" and _list(root, node, name) is not None:
        _below(node, name).children.pop(number_of, None)
    return name


def _first(shape: Shape, name: str) -> str:
    """Return the name of the first field of a row."""
    assert shape.item is not None
    return f"{name}.{next(iter(shape.item.parts))}" if shape.item.parts else name


def add_row(shape: Shape, node: Node) -> int | None:
    """Add a row to a list that is not full, and return its number."""
    assert shape.item is not None
    rows = node.rows()
    number = rows[-1][0] + 1 if rows else 0
    if number > LARGEST or (shape.most is not None and len(rows) >= shape.most):
        return None
    node.children[str(number)] = fresh(shape.item)
    return number


def fill(shape: Shape, node: Node) -> None:
    """Give lists the rows that they must have, so that a form shows them."""
    for name, part in shape.parts.items():
        below = node.children.setdefault(name, Node())
        if part.kind == "rows":
            while len(below.rows()) < min(part.least, MOST_AT_FIRST):
                if add_row(part, below) is None:
                    break
        elif part.kind == "group":
            fill(part, below)


def _list(root: Shape, node: Node, name: str) -> Shape | None:
    """Return the list of this name, ``None`` when the model has no such list, or it no such row."""
    shape: Shape | None = root
    parts = name.split(".", DEEPEST)
    for part in parts if can_have_rows(name) else [""]:
        if shape is None or (shape.kind == "rows" and part not in node.children):
            return None
        shape = shape.item if shape.kind == "rows" else shape.parts.get(part)
        node = node.at(part)
    return shape if shape is not None and shape.kind == "rows" else None


def can_have_rows(name: str) -> bool:
    """Say whether the names of the fields in rows of a list would not be too deep."""
    return name.count(".") + 2 < DEEPEST


def _below(node: Node, name: str) -> Node:
    for part in name.split("."):
        node = node.children.setdefault(part, Node())
    spread(node)
    return node
