"""The code of a tree, with no more white space than it needs."""

from __future__ import annotations

from collections.abc import Mapping

from tree_sitter import Node

from .scopes import text

ATOMS = {"regex", "string"}


class Writer:
    """Writes the tokens of a tree.

    :param names: other names, by where they are.
    """

    def __init__(self, names: Mapping[tuple[int, int], str]) -> None:
        self._names = names
        self._written: list[str] = []
        self._ends = False  # with a semicolon that may go

    def write(self, root: Node) -> str:
        """Return the code."""
        self._node(root)
        return "".join(self._written)

    def _node(self, node: Node) -> None:
        if node.type == "comment":
            return
        if node.type == "}" and self._ends:
            self._written.pop()
        self._ends = ends(node)
        if node.type == "template_string":
            self._template(node)
        elif node.type in ATOMS or not node.children:
            self._token(self._names.get((node.start_byte, node.end_byte)) or text(node))
        else:
            for child in node.children:
                self._node(child)

    def _template(self, node: Node) -> None:
        """Write a template text as it is, but for the code in it."""
        at = node.start_byte
        for part in node.children:
            if part.type == "template_substitution":
                opening, *code, closing = part.children
                self._written.append(_between(node, at, opening.end_byte))
                for child in code:
                    self._node(child)
                at = closing.start_byte
        self._written.append(_between(node, at, node.end_byte))

    def _token(self, token: str) -> None:
        if self._written and _are_one(self._written[-1][-1], token[0]):
            self._written.append(" ")
        self._written.append(token)


def ends(node: Node) -> bool:
    """Say whether a node is the semicolon of a statement that has more than it."""
    return node.type == ";" and node.parent is not None and node.parent.type != "empty_statement"


def _between(node: Node, start: int, end: int) -> str:
    """Return a part of the source of a node."""
    return (node.text or b"")[start - node.start_byte : end - node.start_byte].decode()


def _are_one(left: str, right: str) -> bool:
    """Say whether two tokens that end and begin so would be read as one."""
    if _is_of_word(left) and _is_of_word(right):
        return True
    return left + right in ("++", "--", "//", "/*")


def _is_of_word(letter: str) -> bool:
    return letter.isalnum() or letter in "_$#\\\0"
