"""Functions of a module go to its top, where nothing has run yet, and become one declaration."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from string import ascii_lowercase
from typing import TypeAlias

from tree_sitter import Node

from .scopes import below
from .scopes import Bindings
from .scopes import FUNCTIONS
from .scopes import text

Edit: TypeAlias = tuple[int, int, str]
STABLE = ("document",)
"""Globals that are the same as long as the page is there."""
OFTEN = 20
_OWN = FUNCTIONS - {"arrow_function"} | {"class_body"}


def hoisted(root: Node, order: Sequence[str] = ()) -> Iterator[Edit]:
    """Yield what moves functions to the top, as arrow functions.

    :param order: their names, as they shall stand; others follow.
    """
    made = {text(node) for node in _constructors(root)}
    found: dict[str, str] = {}
    for node in root.named_children:
        name, said = _arrow(node)
        if said and name not in made and not _is_special(node):
            yield node.start_byte, node.end_byte, ""
            found[name] = said
    for name in dict.fromkeys((*order, *found)):
        if name in found:
            yield 0, 0, f"const {name} = {found[name]};\n"


def named_anew(bindings: Bindings) -> Iterator[Edit]:
    """Yield what gives globals that are named often a name that can become short."""
    names = {text(node) for node, _ in bindings.names}
    for name in STABLE:
        uses = [node for node, found in bindings.names if found is None and text(node) == name]
        other = next(one for one in (f"{name}{'_' * n}" for n in range(1, 99)) if one not in names)
        if len(uses) >= OFTEN:
            yield 0, 0, f"const {other} = {name};\n"
            yield from ((node.start_byte, node.end_byte, other) for node in uses)


def privately(root: Node) -> Iterator[Edit]:
    """Yield what gives private parts of classes one letter each; only their class can name them."""
    found = [node for node in below(root) if node.type == "private_property_identifier"]
    short = dict(zip(dict.fromkeys(map(text, found)), ascii_lowercase, strict=False))
    for node in found:
        if letter := short.get(text(node)):
            yield node.start_byte, node.end_byte, f"#{letter}"


def _constructors(root: Node) -> Iterator[Node]:
    for node in below(root):
        if node.type == "new_expression" and (made := node.child_by_field_name("constructor")):
            yield made


def _arrow(node: Node) -> tuple[str, str]:
    """Return the name of a function and what it is as an arrow function, if it can be one."""
    if node.type == "function_declaration":
        name, given, body = (
            text(part) if (part := node.child_by_field_name(field)) else ""
            for field in ("name", "parameters", "body")
        )
        head = "async " if node.children[0].type == "async" else ""
        return name, f"{head}{given} => {body}"
    if node.type == "lexical_declaration" and len(node.named_children) == 1:
        said = node.named_children[0]
        value, called = said.child_by_field_name("value"), said.child_by_field_name("name")
        if value and called and value.type == "arrow_function" and called.type == "identifier":
            return text(called), text(value)
    return "", ""


def _is_special(node: Node) -> bool:
    """Say whether a function has a ``this`` or ``arguments`` of its own."""
    for child in node.children:
        if child.type == "this" or (child.type == "identifier" and text(child) == "arguments"):
            return True
        if child.type not in _OWN and _is_special(child):
            return True
    return False
