"""Shorter JavaScript that does the same: its own names and white space shrink."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from functools import cache
from itertools import count
from itertools import islice
from itertools import product
from itertools import takewhile
from typing import TypeAlias

import tree_sitter_javascript
from tree_sitter import Language
from tree_sitter import Node
from tree_sitter import Parser

from .hoisting import hoisted
from .hoisting import named_anew
from .hoisting import privately
from .keeping import kept_names
from .keeping import with_fresh_names
from .packing import apart
from .packing import Packing
from .packing import Part
from .rewriting import rewrite
from .scopes import below
from .scopes import Bindings
from .scopes import is_shorthand
from .scopes import resolve
from .scopes import Scope
from .scopes import ScopeError
from .scopes import text
from .scopes import Variable
from .writing import ATOMS
from .writing import ends
from .writing import Writer

LETTERS = "etnrisoaclduhpmfgvbwykxjqz"
WORDS = {"as", "do", "if", "in", "is", "of"}  # of two letters that mean something
MOST_NAMES = 10_000
_MARK = "\x00a\x00"  # stands for a name, and is of a word at both ends
Edit: TypeAlias = tuple[int, int, str]
_LITERALS = {"number", "string"}
_PLAIN = {"false": "!1", "true": "!0", "undefined": "void 0"}


def minify(source: str, members: frozenset[str] = frozenset(), tries: int = 0) -> str:
    """Return code of one module that does the same and is shorter: see :func:`packed`."""
    return packed(source, members, (), tries)[0]


def packed(
    source: str, members: frozenset[str], order: Sequence[str], tries: int, before: str = ""
) -> tuple[str, list[str]]:
    """Return code of one module that does the same and is shorter, and the order of its functions.

    Statements become fewer, declared names short; comments and needless white space go. The names
    are verified: in the result each is bound to the same declaration.

    :param members: names of properties that only this code knows; they become short too.
    :param order: the names of functions, as they shall stand; others follow.
    :param tries: how often other names, and another order, are tried to make it smaller when it is
        packed.
    :param before: a result for an older source: what has not changed since begins with its names.
    :raises ScopeError: for code that is not understood, and when the result would be other code.
    """
    root = _parse(shaped(source, order))
    bindings = resolve(root, members)
    refused = WORDS | bindings.free | {*_properties(root)}
    names = _short_names(bindings, refused)
    at = {(node.start_byte, node.end_byte): one for node, one in bindings.names if one}
    functions = _functions(root)
    parts = [_part(node, at) for node in functions]
    rest = _rest(root, functions, at)
    if before:
        called = [text(node.children[0]) for node in functions]
        now = dict(zip([*called, ""], [*parts, rest], strict=True))
        kept = kept_names(now, _code_of(before, order), refused)
        words = [word for word in islice(_words(), MOST_NAMES) if word not in refused]
        names = with_fresh_names(kept, [*names], apart(bindings.top, bindings.members), words)
    packing = Packing(parts, rest, names, bindings, refused)
    packing.improve(tries)
    order = [text(functions[number].children[0]) for number in packing.order]
    compare(shaped(source, order), packing.text, members)
    return packing.text, order


def is_made_of(
    short: str, source: str, members: frozenset[str] = frozenset(), order: Sequence[str] = ()
) -> bool:
    """Say whether code is what :func:`minify` makes of a source, with whatever names."""
    try:
        compare(shaped(source, order), short, members)
    except ScopeError:
        return False
    return True


def shaped(source: str, order: Sequence[str] = ()) -> str:
    """Return code that does the same in fewer words, with its names as they are."""
    plain = _without_constants(_without_comments(source))
    root = _parse(plain)
    plain = _edited(plain, [*privately(root), *named_anew(resolve(root))])
    plain = _edited(plain, [*hoisted(_parse(plain), order)])
    return _spelled_out(rewrite(_parse(plain)))


def _without_comments(source: str) -> str:
    notes = (node for node in below(_parse(source)) if node.type == "comment")
    return _edited(source, [(node.start_byte, node.end_byte, " ") for node in notes])


def _functions(root: Node) -> list[Node]:
    """Return the declarations of the functions that lead a module: their order is free."""
    first = root.named_children[0] if root.named_children else None
    declared = first.named_children if first and first.type == "lexical_declaration" else []
    values = (one.child_by_field_name("value") for one in declared)
    return [one for one, _ in zip(declared, takewhile(_is_function, values), strict=False)]


def _code_of(before: str, order: Sequence[str]) -> dict[str, str]:
    """Return the code of each function of a result, and by an empty name what follows them."""
    root = _parse(before)
    functions = [*map(text, _functions(root))]
    rest = text(root).removeprefix("let " + ",".join(functions))
    return {**dict(zip(order, functions, strict=False)), "": rest}


def _is_function(value: Node | None) -> bool:
    return value is not None and value.type == "arrow_function"


Places: TypeAlias = dict[tuple[int, int], Variable]


def _part(node: Node, at: Places) -> Part:
    """Return the code of a node, cut where the names are."""
    inner = sorted(
        place for place in at if node.start_byte <= place[0] and place[1] <= node.end_byte
    )
    pieces = Writer(dict.fromkeys(at, _MARK)).write(node).split(_MARK)
    return Part(pieces, [at[place] for place in inner])


def _rest(root: Node, functions: Sequence[Node], at: Places) -> Part:
    """Return the code that follows the functions."""
    whole = _part(root, at)
    passed = sum(len(_part(one, at).places) for one in functions)
    pieces = [*whole.pieces[passed:]]
    if functions:
        pieces[0] = pieces[0].removeprefix(_part(functions[-1], at).pieces[-1])
    pieces[-1] += "\n"
    return Part(pieces, whole.places[passed:])


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
    for start, end, new in reversed(sorted(edits, key=lambda edit: edit[:2])):
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
    elif node.type in _PLAIN:
        yield node.start_byte, node.end_byte, _PLAIN[node.type]
    elif node.type == "," and node.next_sibling and node.next_sibling.type in ("}", ")"):
        yield node.start_byte, node.end_byte, ""


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
    if node.type == "comment" or ends(node):
        return
    yield node.type
    if node.type in ATOMS or not node.children:
        yield "" if node.type in ("identifier", "property_identifier") else text(node)
    for child in node.children:
        yield from _shape(child)
    yield ""


def _bound(bindings: Bindings) -> Iterator[int | str]:
    """Yield for each name the number of its variable, or what it is called where that is global."""
    numbers: dict[Variable, int] = {}
    for node, variable in bindings.names:
        yield numbers.setdefault(variable, len(numbers)) if variable else text(node)
