"""Forms in the address of a page, which filter what it shows: ``method="get"``."""

from __future__ import annotations

from ..errors import SetupError
from .names import Node
from .rows import BUTTON
from .shapes import Shape

UNTOLD = ("check", "choices")
"""Kinds of which an address says nothing when nothing is chosen."""


def refuse_unaddressable(shape: Shape, model: str) -> None:
    """Refuse what must not, or cannot, stand in an address.

    :raises SetupError: the form has a password or files.
    """
    if shape.has_secret or shape.has("file", "files"):
        raise SetupError(
            f'{model} has a password or files, which no address can have: leave out method="get".'
        )


def is_addressed(shape: Shape, sent: Node) -> bool:
    """Say whether an address has something for a form; its other values are for others."""
    return any(name in sent.children for name in (*shape.parts, BUTTON))


def begun_by(shape: Shape, begun: Node, sent: Node) -> Node:
    """Return what an address says, and for what it leaves out, what the form began with."""
    for name, part in shape.parts.items():
        if part.kind not in UNTOLD and name in begun.children:
            sent.children.setdefault(name, begun.children[name])
    return sent
