"""Rows of lists that come and go by the buttons of a form, which need no JavaScript."""

from __future__ import annotations

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
    if verb == "add":
        shape, found = _find(root, node, name.split("."))
        number = add_row(shape, found) if shape is not None else None
        return name if number is None else f"{name}.{number}"
    above, _, number_of = name.rpartition(".")
    shape, found = _find(root, node, above.split("."))
    if verb == "remove" and shape is not None:
        found.children.pop(number_of, None)
    return above


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


def _find(root: Shape, node: Node, parts: list[str]) -> tuple[Shape | None, Node]:
    """Return the list of this name and its rows, ``None`` when the model has no such list."""
    shape: Shape | None = root
    for part in parts:
        if shape is None:
            break
        shape = shape.item if shape.kind == "rows" else shape.parts.get(part)
        node = node.children.setdefault(part, Node())
    if shape is None or shape.kind != "rows":
        return None, node
    spread(node)
    return shape, node
