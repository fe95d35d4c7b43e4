"""Reading props in templates, which are declared with the syntax of annotations."""

from __future__ import annotations

from datetime import date
from datetime import datetime
from decimal import Decimal
from types import GenericAlias
from typing import Any
from typing import Literal
from typing import Union

from jinja2 import nodes
from jinja2.parser import Parser

from .props import Prop
from .props import REQUIRED

TYPES: dict[str, Any] = {
    "str": str, "int": int, "float": float, "bool": bool, "Decimal": Decimal, "date": date,
    "datetime": datetime, "list": list, "dict": dict, "None": None, "none": None, "any": Any,
}  # fmt: skip
"""What a prop may be in ``{% props %}``, beside texts to choose from."""


def read_prop(parser: Parser) -> Prop:
    """Return one prop of ``{% props %}``: ``level: int = 2``."""
    token = parser.stream.expect("name")
    parser.stream.expect("colon")
    annotation = _union(parser)
    default = REQUIRED
    if parser.stream.skip_if("assign"):
        try:
            value = parser.parse_expression()
            value.set_environment(parser.environment)
            default = value.as_const()
        except nodes.Impossible:
            parser.fail(f"The default of {token.value!r} must be a constant.", token.lineno)
    try:
        return Prop(token.value, annotation, default)
    except TypeError as error:
        parser.fail(f"The default of {token.value!r} {error}.", token.lineno)


def _union(parser: Parser) -> Any:
    choices = [_atom(parser)]
    while parser.stream.skip_if("pipe"):
        choices.append(_atom(parser))
    return Union[tuple(choices)] if len(choices) > 1 else choices[0]  # noqa: UP007


def _atom(parser: Parser) -> Any:
    token = next(parser.stream)
    if token.type == "string":
        return Literal[token.value]
    if token.type != "name" or token.value not in TYPES:
        known = ", ".join(one for one in TYPES if one != "none")
        parser.fail(
            f"{token.value!r} is no type for a prop: take {known}, texts to choose from such as "
            '"info" | "warn", or write a class.',
            token.lineno,
        )
    kind = TYPES[token.value]
    if kind not in (list, dict) or not parser.stream.skip_if("lbracket"):
        return kind
    arguments = [_union(parser)]
    if kind is dict:
        parser.stream.expect("comma")
        arguments.append(_union(parser))
    parser.stream.expect("rbracket")
    return GenericAlias(kind, tuple(arguments))
