"""Shorter JavaScript that does the same: its own names and white space shrink."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from functools import cache
from itertools import count
from itertools import product
from typing import TypeAlias

import tree_sitter_javascript
from tree_sitter import Language
from tree_sitter import Node
from tree_sitter import Parser

from .packing import Packing
from .scopes import below
from .scopes import Bindings
from .scopes import is_shorthand
from .scopes import resolve
from .scopes import Scope
from .scopes import ScopeError
from .scopes import text
from .scopes import Variable

LETTERS = "etnrisoaclduhpmfgvbwykxjqz"
WORDS = {"as", "do", "if", "in", "is", "of"}  # of two letters that mean something
_MARK = "\x00a\x00"  # stands for a name, and is of a word at both ends
Edit: TypeAlias = tuple[int, int, str]
_LITERALS = {"number", "string"}
_ATOMS = {"regex", "string"}
_BODIES = {"else_clause", "for_in_statement", "for_statement", "if_statement", "while_statement"}
_PLAIN = {"expression_statement", "return_statement", "throw_statement"}
_TRUTH = {"false": "!1", "true": "!0"}


def minify(source: str, members: frozenset[str] = frozenset(), tries: int = 0) -> str:
    """Return code of one module that does the same and is shorter.

    Declared names become short, comments and needless white space go. The result is read again:
    it must have the same tree, with every name bound to the same declaration.

    :param members: names of properties that only this code knows; they become short too.
    :param tries: how often other names are tried, to make it smaller when it is packed.
    :raises ScopeError: for code that is not understood, and when the result would be other code.
    """
    plain = _spelled_out(_without_constants(source))
    root = _parse(plain)
    bindings = resolve(root, members)
    refused = WORDS | bindings.free | {*_properties(root)}
    names = _short_names(bindings, refused)
    at = {(node.start_byte, node.end_byte): one for node, one in bindings.names if one}
    if tries:
        pieces = _Writer({place: _MARK for place in at}).write(root).split(_MARK)
        packing = Packing(pieces, [at[place] for place in sorted(at)], bindings, refused)
        names = packing.improve(names, tries)
    short = _Writer({place: names[one] for place, one in at.items()}).write(root)
    compare(plain, short, members)
    return short


def is_made_of(short: str, source: str, members: frozenset[str] = frozenset()) -> bool:
    """Say whether code is what :func:`minify` makes of a source, with whatever names."""
    try:
        compare(_spelled_out(_without_constants(source)), short, members)
    except ScopeError:
        return False
    return True


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_javascript.language()))


def _parse(source: str) -> Node:
    return _parser().parse(source.encode()).root_node


def _without_constants(source: str) -> str:
    """Return the code with texts and numbers in the one place that names them."""
    bindings = resolve(_parse(source))
    edits: list[Edit] = []
    for variable in bindings.top.variables.values():
        if len(variable.uses) == 2 and (said := variable.uses[0].parent) is not None:
            value = said.child_by_field_name("value")
            if said.type == "variable_declarator" and value and value.type in _LITERALS:
                edits += _moved(said, value, variable.uses[1])
    return _edited(source, edits)


def _moved(said: Node, value: Node, use: Node) -> Iterator[Edit]:
    """Yield what brings the value of a constant to its use, unless others are declared with it."""
    whole = said.parent
    if whole and whole.children[0].type == "const" and len(whole.named_children) == 1:
        yield whole.start_byte, whole.end_byte, ""
        yield (
            use.start_byte,
            use.end_byte,
            text(value).replace("_", "") if (value.type == "number") else text(value),
        )


def _spelled_out(source: str) -> str:
    """Return the code with ``{a: a}`` for ``{a}``, so that names stand alone, and less ink."""
    root = _parse(source)
    edits: list[Edit] = []
    for node, variable in resolve(root).names:
        if variable and is_shorthand(node):
            edits.append((node.start_byte, node.start_byte, f"{text(node)}:"))
    for node in below(root):
        edits += _shorter(node)
    return _edited(source, edits)


def _edited(source: str, edits: list[Edit]) -> str:
    changed = source.encode()
    for start, end, new in sorted(edits, reverse=True):
        changed = changed[:start] + new.encode() + changed[end:]
    return changed.decode()


def _shorter(node: Node) -> Iterator[Edit]:
    """Yield what may be written shorter; nothing assigns to a constant, or it would have failed."""
    above = node.parent.type if node.parent else ""
    if node.type in ("const", "let") and above == "lexical_declaration":
        yield node.start_byte, node.end_byte, "" if _goes_on(node, _before) else "let"
    elif node.type == "const":
        yield node.start_byte, node.end_byte, "let"
    elif node.type == "formal_parameters" and above == "arrow_function":
        if [one.type for one in node.children] == ["(", "identifier", ")"]:
            yield node.children[0].start_byte, node.children[0].end_byte, " "
            yield node.children[2].start_byte, node.children[2].end_byte, ""
    elif node.type == ";" and above == "lexical_declaration" and _goes_on(node, _after):
        yield node.start_byte, node.end_byte, ","
    elif node.type in _TRUTH:
        yield node.start_byte, node.end_byte, _TRUTH[node.type]
    elif node.type == "," and node.next_sibling and node.next_sibling.type in ("}", ")"):
        yield node.start_byte, node.end_byte, ""
    elif _is_needless(node):
        yield node.children[0].start_byte, node.children[0].end_byte, " "
        yield node.children[-1].start_byte, node.children[-1].end_byte, ""


def _goes_on(node: Node, beside: Callable[[Node], Node | None]) -> bool:
    """Say whether a declaration stands beside the one that a node is in."""
    found = beside(node.parent) if node.parent else None
    return found is not None and found.type == "lexical_declaration"


def _before(node: Node) -> Node | None:
    found = node.prev_sibling
    return _before(found) if found and found.type == "comment" else found


def _after(node: Node) -> Node | None:
    found = node.next_sibling
    return _after(found) if found and found.type == "comment" else found


def _is_needless(node: Node | None) -> bool:
    """Say whether a block needs no braces: one statement that no ``else`` could belong to."""
    if node is None or node.type != "statement_block" or node.parent is None:
        return False
    kinds = [one.type for one in node.named_children]
    return node.parent.type in _BODIES and len(kinds) == 1 and kinds[0] in _PLAIN


def _short_names(bindings: Bindings, refused: set[str]) -> dict[Variable, str]:
    """Return a new name for each variable; a scope has none that means something else in it."""
    names: dict[Variable, str] = {}
    for scope in (bindings.top, bindings.members):
        _name(scope, names, refused)
    return names


def _name(scope: Scope, names: dict[Variable, str], refused: set[str]) -> None:
    taken = refused | {names[one] for one in scope.reached if one in names}
    fresh = (name for name in _words() if name not in taken)
    # In their order, so that functions look alike: that packs better than letters by use.
    names.update(zip(scope.variables.values(), fresh, strict=False))
    for inner in scope.inner:
        _name(inner, names, refused)


def _words() -> Iterator[str]:
    for length in count(1):
        for letters in product(LETTERS, repeat=length):
            yield "".join(letters)


class _Writer:
    """Writes the tokens of a tree with no more white space than they need."""

    def __init__(self, names: dict[tuple[int, int], str]) -> None:
        self._names = names
        self._written: list[str] = []
        self._ends = False  # with a semicolon that may go

    def write(self, root: Node) -> str:
        """Return the code."""
        self._node(root)
        return "".join(self._written) + "\n"

    def _node(self, node: Node) -> None:
        if node.type == "comment":
            return
        if node.type == "}" and self._ends:
            self._written.pop()
        self._ends = _ends(node)
        if node.type == "template_string":
            self._template(node)
        elif node.type in _ATOMS or not node.children:
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


def _ends(node: Node) -> bool:
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


def compare(plain: str, short: str, members: frozenset[str] = frozenset()) -> None:
    """Refuse a result that is not the same tree with the same bindings."""
    old, new = _parse(plain), _parse(short)
    if list(_shape(old)) != list(_shape(new)):
        raise ScopeError("Shortened, the JavaScript would be read in another way.")
    if list(_bound(resolve(old))) != list(_bound(resolve(new))):
        raise ScopeError("Shortened, a name would mean something else.")
    pairs = set(zip(_properties(old), _properties(new), strict=True))
    one_each = len({one for one, _ in pairs}) == len(pairs) == len({other for _, other in pairs})
    if not one_each or any(one != other and one not in members for one, other in pairs):
        raise ScopeError("Shortened, a property would be another one.")


def _properties(root: Node) -> list[str]:
    return [text(node) for node in below(root) if node.type == "property_identifier"]


def _shape(node: Node) -> Iterator[str]:
    """Yield what a tree consists of, without names of variables and what ends statements."""
    if node.type == "comment" or _ends(node):
        return
    yield node.type
    if node.type in _ATOMS or not node.children:
        yield "" if node.type in ("identifier", "property_identifier") else text(node)
    for child in node.children:
        yield from _shape(child)
    yield ""


def _bound(bindings: Bindings) -> Iterator[int | str]:
    """Yield for each name the number of its variable, or what it is called where that is global."""
    numbers: dict[Variable, int] = {}
    for node, variable in bindings.names:
        yield numbers.setdefault(variable, len(numbers)) if variable else text(node)
