"""JavaScript is said in fewer words: see :mod:`.folding` for what becomes of statements."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from .folding import ASSIGNMENT
from .folding import CALL
from .folding import CHOICE
from .folding import Chooses
from .folding import CONTINUE
from .folding import Does
from .folding import EITHER
from .folding import Else
from .folding import fold
from .folding import is_open
from .folding import RETURN
from .folding import Returns
from .folding import Said
from .folding import SEQUENCE
from .folding import Statement
from .folding import UNARY
from .folding import written
from .scopes import below
from .scopes import FUNCTIONS
from .scopes import text

_OPERATORS = {
    **dict.fromkeys(("*", "/", "%"), 13),
    **dict.fromkeys(("+", "-"), 12),
    **dict.fromkeys(("<<", ">>", ">>>"), 11),
    **dict.fromkeys(("<", ">", "<=", ">=", "instanceof"), 10),
    **dict.fromkeys(("==", "!=", "===", "!=="), 9),
    **{"&": 8, "^": 7, "|": 6, "&&": 5, "||": EITHER, "??": EITHER},
}
_ANY_ORDER = {"&&", "||", "??"}  # a && (b && c) is a && b && c
_LOOPS = {"for_in_statement", "for_statement", "while_statement"}
_LOOSE = {
    "arguments",
    "array",
    "assignment_pattern",
    "field_definition",
    "object_assignment_pattern",
    "pair",
    "spread_element",
    "variable_declarator",
}
_USED = {"call_expression", "member_expression", "subscript_expression"}


def rewrite(root: Node) -> str:
    """Return the code of a tree that has no comments, in fewer words."""
    return _text(root)


def _text(node: Node) -> str:
    """Return the code of a node where nothing around it changes."""
    if node.type == "program":
        return _all(node)
    if node.type == "statement_block":
        return f"{{{_all(node, RETURN if _is_body(node) else None)}}}"
    if node.type in _STATEMENTS:
        return written(_statement(node))
    if node.type in _EXPRESSIONS and node.type != "parenthesized_expression":
        return _said(node).text
    return _as_it_is(node)


def _as_it_is(node: Node, without: Node | None = None) -> str:
    """Return the code of a node of which only the parts change, and one is perhaps left out."""
    if not node.children:
        return text(node)
    whole, at, said = node.text or b"", node.start_byte, []
    for child in node.children:
        said.append(whole[at - node.start_byte : child.start_byte - node.start_byte].decode())
        at = child.end_byte
        if child.type == "parenthesized_expression" and node.type in _LOOSE:
            said.append(_said(child).at(ASSIGNMENT))
        elif child != without:
            said.append(_text(child))
    return "".join(said)


def _all(node: Node, end: Statement | None = None) -> str:
    """Return the statements of a block."""
    return "".join(map(written, fold([_statement(one) for one in node.named_children], end)))


def _is_body(node: Node) -> bool:
    return node.parent is not None and node.parent.type in FUNCTIONS


def _statement(node: Node) -> Statement:
    make = _STATEMENTS.get(node.type)
    return make(node) if make else Else(_text(node))


def _does(node: Node) -> Statement:
    return Does(_said(node.named_children[0]))


def _returns(node: Node) -> Statement:
    return Returns(_said(node.named_children[0]) if node.named_children else None)


def _chooses(node: Node) -> Statement:
    other = node.child_by_field_name("alternative")
    return Chooses(
        _said(_part(node, "condition")),
        _inner(_part(node, "consequence")),
        _inner(other.named_children[0]) if other else None,
    )


def _loops(node: Node) -> Statement:
    body = _part(node, "body")
    inner = _inner(body, CONTINUE)
    return Else(_as_it_is(node, without=body) + written(inner), is_open(inner))


def _inner(node: Node, end: Statement | None = None) -> Statement:
    """Return a statement that belongs to another one, without braces if it is a single one."""
    is_block = node.type == "statement_block"
    parts = node.named_children if is_block else [node]
    found = fold([_statement(one) for one in parts], end)
    if len(found) == 1 and not (is_block and _declares(node)):
        return found[0]
    return Else(f"{{{''.join(map(written, found))}}}")


def _declares(block: Node) -> bool:
    return any(one.type.endswith("_declaration") for one in block.named_children)


def _said(node: Node) -> Said:
    """Return an expression with as few parentheses as it needs."""
    make = _EXPRESSIONS.get(node.type)
    return make(node) if make else Said(_as_it_is(node), CALL)


def _bare(node: Node) -> Said:
    if any(one.type == "in" for one in below(node)):
        return Said(_as_it_is(node), CALL)  # a loop would take it as its own
    return _said(node.named_children[0])


def _sequence(node: Node) -> Said:
    return Said(",".join(_said(one).at(ASSIGNMENT) for one in node.named_children), SEQUENCE)


def _assignment(node: Node) -> Said:
    left, right = _part(node, "left"), _part(node, "right")
    operator = node.child_by_field_name("operator")
    sign = text(operator) if operator else "="
    return Said(f"{_text(left)}{sign}{_said(right).at(ASSIGNMENT)}", ASSIGNMENT)


def _arrow(node: Node) -> Said:
    body = _part(node, "body")
    head = _as_it_is(node, without=body)
    if body.type != "statement_block":
        return Said(head + _result(_said(body)), ASSIGNMENT)
    match fold([_statement(one) for one in body.named_children], RETURN):
        case [Returns(Said() as what)]:
            return Said(head + _result(what), ASSIGNMENT)
        case statements:
            return Said(f"{head}{{{''.join(map(written, statements))}}}", ASSIGNMENT)


def _result(what: Said) -> str:
    return f"({what.text})" if what.text.startswith("{") else what.at(ASSIGNMENT)


def _ternary(node: Node) -> Said:
    parts = ("condition", EITHER), ("consequence", ASSIGNMENT), ("alternative", ASSIGNMENT)
    condition, then, other = (_said(_part(node, name)).at(level) for name, level in parts)
    return Said(f"{condition}?{then}:{other}", CHOICE)


def _binary(node: Node) -> Said:
    sign = text(_part(node, "operator"))
    left, right = _said(_part(node, "left")), _said(_part(node, "right"))
    level = _OPERATORS.get(sign)
    if level is None:
        return Said(_as_it_is(node), 10)  # ``in`` and ``**``
    return Said(
        f"{_operand(left, sign, level)} {sign} "
        f"{_operand(right, sign, level if sign in _ANY_ORDER else level + 1)}",
        level,
        is_nullish=sign == "??",
    )


def _operand(one: Said, sign: str, level: int) -> str:
    """Return a part of an operation; ``??`` is never beside ``&&`` and ``||``."""
    if sign == "??":
        return one.text if one.is_nullish else one.at(EITHER + 2)
    return f"({one.text})" if one.is_nullish else one.at(level)


def _unary(node: Node) -> Said:
    sign, what = text(_part(node, "operator")), _said(_part(node, "argument"))
    return Said(f"{sign} {what.at(UNARY)}", UNARY, what if sign == "!" else None)


def _update(node: Node) -> Said:
    return Said(_as_it_is(node), UNARY)


def _await(node: Node) -> Said:
    return Said(f"await {_said(node.named_children[0]).at(UNARY)}", UNARY)


def _new(node: Node) -> Said:
    """Return ``new A`` for ``new A()``, unless something is done with it at once."""
    given = node.child_by_field_name("arguments")
    is_used = node.parent is not None and node.parent.type in _USED
    if given and not given.named_children and not is_used:
        return Said(_as_it_is(node, without=given), CALL)
    return Said(_as_it_is(node), CALL)


def _other(node: Node) -> Said:
    return Said(_as_it_is(node), ASSIGNMENT)


def _part(node: Node, name: str) -> Node:
    found = node.child_by_field_name(name)
    assert found is not None, (node.type, name)
    return found


_STATEMENTS: dict[str, Callable[[Node], Statement]] = {
    "expression_statement": _does,
    "if_statement": _chooses,
    "return_statement": _returns,
    **dict.fromkeys(_LOOPS, _loops),
}
_EXPRESSIONS: dict[str, Callable[[Node], Said]] = {
    "arrow_function": _arrow,
    "assignment_expression": _assignment,
    "augmented_assignment_expression": _assignment,
    "await_expression": _await,
    "binary_expression": _binary,
    "new_expression": _new,
    "parenthesized_expression": _bare,
    "sequence_expression": _sequence,
    "ternary_expression": _ternary,
    "unary_expression": _unary,
    "update_expression": _update,
    "yield_expression": _other,
}
