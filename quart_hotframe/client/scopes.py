"""Which name in a piece of JavaScript belongs to which declaration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field

from tree_sitter import Node

FUNCTIONS = {
    "arrow_function",
    "function_declaration",
    "function_expression",
    "generator_function",
    "generator_function_declaration",
    "method_definition",
}
_OWN = {"for_statement", "for_in_statement", "catch_clause", "switch_body", "class", "class_body"}
_SHORTHAND = {"shorthand_property_identifier", "shorthand_property_identifier_pattern"}
_NAMES = {"identifier", *_SHORTHAND}
_PARTS = {
    "array_pattern",
    "formal_parameters",
    "object_pattern",
    "rest_pattern",
}
_REFUSED = {"variable_declaration", "with_statement", "import_statement", "export_statement"}


class ScopeError(Exception):
    """The code has something that is not understood here."""


@dataclass(eq=False)
class Variable:
    """A declared name.

    :param uses: every place that names it, its declaration among them.
    """

    name: str
    uses: list[Node] = field(default_factory=list)


@dataclass(eq=False)
class Scope:
    """A stretch of code with names of its own.

    :param reached: variables, of this scope and of outer ones, that are named in it or deeper.
    """

    outer: Scope | None
    variables: dict[str, Variable] = field(default_factory=dict)
    inner: list[Scope] = field(default_factory=list)
    reached: set[Variable] = field(default_factory=set)

    def declare(self, name: str) -> None:
        self.variables.setdefault(name, Variable(name))

    def find(self, name: str) -> Variable | None:
        """Return what a name means here, and note that it is reached."""
        passed = []
        scope: Scope | None = self
        while scope is not None:
            passed.append(scope)
            if found := scope.variables.get(name):
                for one in passed:
                    one.reached.add(found)
                return found
            scope = scope.outer
        return None


@dataclass
class Bindings:
    """What :func:`resolve` found.

    :param top: the outermost scope.
    :param members: the properties that only this code uses.
    :param names: every name in its order, with its variable, or ``None`` where it is global.
    """

    top: Scope
    members: Scope
    names: list[tuple[Node, Variable | None]]

    @property
    def free(self) -> set[str]:
        """Names that the code takes from the browser."""
        return {text(node) for node, variable in self.names if variable is None}


def resolve(root: Node, members: frozenset[str] = frozenset()) -> Bindings:
    """Return which name belongs to which declaration.

    :param members: names of properties that no browser and no server knows.
    :raises ScopeError: for ``var``, ``with``, modules, ``eval`` and syntax errors.
    """
    if root.has_error:
        raise ScopeError("The JavaScript has a syntax error.")
    found = Bindings(Scope(None), Scope(None), [])
    for name in sorted(members):
        found.members.declare(name)
    names: list[tuple[Node, Scope]] = []
    _read(root, found.top, names)
    names += [(node, found.members) for node in below(root) if _is_member(node, members)]
    for node, scope in names:
        variable = scope.find(text(node))
        if variable is not None:
            variable.uses.append(node)
        found.names.append((node, variable))
    if "eval" in found.free:
        raise ScopeError("eval() could name anything.")
    return found


def text(node: Node) -> str:
    """Return the source of a node."""
    return (node.text or b"").decode()


def below(node: Node) -> Iterator[Node]:
    """Yield all that a node consists of."""
    for child in node.children:
        yield child
        yield from below(child)


def _is_member(node: Node, members: frozenset[str]) -> bool:
    return node.type == "property_identifier" and text(node) in members


def is_shorthand(node: Node) -> bool:
    """Say whether a name is that of a property too."""
    return node.type in _SHORTHAND


def _read(node: Node, scope: Scope, names: list[tuple[Node, Scope]]) -> None:
    """Note the declarations below a node, and its names with the scope that they are in."""
    if node.type in _REFUSED:
        raise ScopeError(f"{node.type} is not understood: {text(node)[:60]!r}.")
    if node.type in _NAMES:
        names.append((node, scope))
        return
    _declare(node, scope)
    inside = scope
    if _has_scope(node):
        inside = Scope(scope)
        scope.inner.append(inside)
        _declare_within(node, inside)
    own_name = node.child_by_field_name("name") if node.type.endswith("_declaration") else None
    for child in node.children:
        _read(child, scope if child == own_name else inside, names)


def _has_scope(node: Node) -> bool:
    if node.type in FUNCTIONS or node.type in _OWN:
        return True
    above = node.parent.type if node.parent else ""
    return node.type == "statement_block" and above not in FUNCTIONS | {"catch_clause"}


def _declare(node: Node, scope: Scope) -> None:
    """Declare what a node brings to the scope that it is in."""
    if node.type == "variable_declarator" or (
        node.type.endswith("_declaration") and node.type != "lexical_declaration"
    ):
        _bind(node.child_by_field_name("name"), scope)


def _declare_within(node: Node, scope: Scope) -> None:
    """Declare what a node brings to the scope that it makes."""
    if node.type in ("function_expression", "generator_function", "class"):
        _bind(node.child_by_field_name("name"), scope)
    for part in ("parameter", "parameters"):
        if node.type in FUNCTIONS or node.type == "catch_clause":
            _bind(node.child_by_field_name(part), scope)
    if node.type == "for_in_statement" and node.child_by_field_name("kind"):
        _bind(node.child_by_field_name("left"), scope)


def _bind(pattern: Node | None, scope: Scope) -> None:
    for name in _bound(pattern):
        scope.declare(text(name))


def _bound(pattern: Node | None) -> Iterator[Node]:
    """Yield the names that a pattern declares."""
    if pattern is None:
        return
    if pattern.type in _NAMES:
        yield pattern
    elif pattern.type in ("assignment_pattern", "object_assignment_pattern"):
        yield from _bound(pattern.child_by_field_name("left"))
    elif pattern.type == "pair_pattern":
        yield from _bound(pattern.child_by_field_name("value"))
    elif pattern.type in _PARTS:
        for part in pattern.named_children:
            yield from _bound(part)
    elif pattern.type != "comment":
        raise ScopeError(f"{pattern.type} is not understood: {text(pattern)[:60]!r}.")
