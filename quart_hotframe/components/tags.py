"""The template tags: ``{% component %}`` and ``{% slot %}``, and ``{% props %}`` in components.

A component's template becomes one macro, and ``{% component %}`` a call of it; what stands in the
tag becomes macros too, which see the variables around it. So a use costs about as much as a macro.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from datetime import date
from datetime import datetime
from decimal import Decimal
from types import GenericAlias
from typing import Any
from typing import Literal
from typing import NoReturn
from typing import Union

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from ..errors import ComponentError
from .props import Prop
from .props import REQUIRED
from .slots import DEFAULT

PREFIX = "hotframe.component/"
"""What the names of components' templates begin with, which no page has."""

PAGE = "hotframe_page"
"""The name in a component's template for the context of the page that it is part of."""

SLOT = "hotframe_slot_"
"""What the names there for the fills of slots begin with."""

TYPES: dict[str, Any] = {
    "str": str, "int": int, "float": float, "bool": bool, "Decimal": Decimal, "date": date,
    "datetime": datetime, "list": list, "dict": dict, "None": None, "none": None, "any": Any,
}  # fmt: skip
"""What a prop may be in ``{% props %}``, beside texts to choose from."""


class ComponentTags(Extension):
    """Adds the tags to an environment. ``render`` is what a use calls."""

    tags = {"component", "props", "slot"}
    priority = 50  # below the app's own extensions, whose tags of the same name stay
    render: Callable[..., Any]

    def parse(self, parser: Parser) -> nodes.Node:
        """Return what a tag stands for."""
        tag = next(parser.stream)
        reading = {"component": self._component, "slot": self._slot, "props": self._props}
        return reading[tag.value](parser, tag.lineno)

    # -- use -------------------------------------------------------------------------------------

    def _component(self, parser: Parser, line: int) -> nodes.Node:
        name = parser.parse_unary(with_filter=False)
        props, attributes, others = _arguments(parser)
        body = parser.parse_statements(("name:endcomponent",), drop_needle=True)
        fills = _fills(parser, body)
        where = [nodes.Const(parser.filename or "<template>"), nodes.Const(line)]
        page: nodes.Expr = nodes.ContextReference()
        if _is_component(parser):
            page = nodes.Name(PAGE, "load")
        macros = [nodes.Macro(f"hotframe_fill_{n}", [], [], fills[n]) for n in fills]
        named = [
            nodes.Pair(nodes.Const(n), nodes.Name(f"hotframe_fill_{n}", "load")) for n in fills
        ]
        call = nodes.Call(
            nodes.ExtensionAttribute(self.identifier, "render"),
            [name, *where, page, _dict_or_none(named), _dict_or_none(attributes)],
            props, None, others,
        )  # fmt: skip
        use = nodes.Scope([*macros, nodes.Output([call])])
        use.hotframe_use = True  # type: ignore[attr-defined]
        return use.set_lineno(line)

    @staticmethod
    def misplaced(file: str, line: int) -> NoReturn:
        """Tell of a slot that nobody could fill."""
        raise ComponentError(
            "{% slot %} stands directly in {% component %}, or in the template of a component.",
            file=file,
            line=line,
        )

    # -- in a component's template ---------------------------------------------------------------

    def _slot(self, parser: Parser, line: int) -> nodes.Node:
        """Return the place of a slot; directly in ``{% component %}`` it becomes a fill instead."""
        name = DEFAULT
        if parser.stream.current.type != "block_end":
            name = _identifier(parser.stream.expect("string").value, parser, line)
        body = parser.parse_statements(("name:endslot",), drop_needle=True)
        fill: nodes.Expr = nodes.Name(f"{SLOT}{name}", "load")
        if not _is_component(parser):
            where = [nodes.Const(parser.filename or "<template>"), nodes.Const(line)]
            attribute = nodes.ExtensionAttribute(self.identifier, "misplaced")
            fill = nodes.Call(attribute, where, [], None, None)
        place = nodes.If(fill, [nodes.Output([nodes.Call(fill, [], [], None, None)])], [], body)
        place.hotframe_slot = name  # type: ignore[attr-defined]
        return place.set_lineno(line)

    def _props(self, parser: Parser, line: int) -> nodes.Node:
        if not _is_component(parser):
            parser.fail("{% props %} belongs into the template of a component.", line)
        found: list[Prop] = []
        while parser.stream.current.type != "block_end":
            if found:
                parser.stream.expect("comma")
            prop = _prop(parser)
            if prop.name in [one.name for one in found]:
                parser.fail(f"The prop {prop.name!r} stands there twice.", line)
            found.append(prop)
        nothing = nodes.Output([nodes.TemplateData("")])
        nothing.hotframe_props = found  # type: ignore[attr-defined]
        return nothing.set_lineno(line)


def _is_component(parser: Parser) -> bool:
    return (parser.name or "").startswith(PREFIX)


def _dict_or_none(pairs: list[nodes.Pair]) -> nodes.Expr:
    return nodes.Dict(pairs) if pairs else nodes.Const(None)


def _arguments(parser: Parser) -> tuple[list[nodes.Keyword], list[nodes.Pair], nodes.Expr | None]:
    """Return props, attributes with hyphens, and what stands behind ``**``."""
    stream = parser.stream
    props: dict[str, nodes.Keyword] = {}
    attributes: dict[str, nodes.Pair] = {}
    others = None
    while stream.current.type != "block_end":
        stream.skip_if("comma")
        line = stream.current.lineno
        if stream.skip_if("pow"):
            others = parser.parse_expression()
            continue
        name = _name(parser)
        value: nodes.Expr = nodes.Const(True)
        if stream.skip_if("assign"):
            value = parser.parse_expression()
        if name in props or name in attributes:
            parser.fail(f"{name!r} stands there twice.", line)
        if "-" in name or ":" in name:
            attributes[name] = nodes.Pair(nodes.Const(name), value, lineno=line)
        else:
            props[name] = nodes.Keyword(name, value, lineno=line)
    return list(props.values()), list(attributes.values()), others


def _name(parser: Parser) -> str:
    """Return a name such as ``title``, ``data-id`` or ``x-on:click.once``."""
    name: str = parser.stream.expect("name").value
    while parser.stream.current.type in ("sub", "colon", "dot"):
        name += next(parser.stream).value
        if parser.stream.current.type not in ("name", "integer"):
            parser.fail(f"{name!r} is not a whole name.", parser.stream.current.lineno)
        name += str(next(parser.stream).value)
    return name


def _fills(parser: Parser, body: list[nodes.Node]) -> dict[str, list[nodes.Node]]:
    """Return what a use puts into which slot."""
    fills: dict[str, list[nodes.Node]] = {}
    rest: list[nodes.Node] = []
    for node in body:
        name = getattr(node, "hotframe_slot", None)
        if name is None:
            rest.append(node)
            continue
        if name in fills:
            parser.fail(f"The slot {name!r} is filled twice.", node.lineno)
        assert isinstance(node, nodes.If)
        fills[name] = node.else_
    for node in _places_in(rest):
        parser.fail(
            "{% slot %} stands directly in {% component %}: write what it depends on inside it.",
            node.lineno,
        )
    if not all(_is_blank(node) for node in rest):
        if DEFAULT in fills:
            parser.fail(
                "The default slot is filled twice: by {% slot %} and by what stands beside it.",
                rest[0].lineno,
            )
        fills[DEFAULT] = rest
    return fills


def _places_in(found: Iterator[nodes.Node] | list[nodes.Node]) -> Iterator[nodes.Node]:
    """Yield the places of slots, without those in other components' content."""
    for node in found:
        if hasattr(node, "hotframe_slot"):
            yield node
        elif not hasattr(node, "hotframe_use"):
            yield from _places_in(node.iter_child_nodes())


def _is_blank(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Output) and all(
        isinstance(part, nodes.TemplateData) and not part.data.strip() for part in node.nodes
    )


def _identifier(name: str, parser: Parser, line: int) -> str:
    if not name.isidentifier() or name.startswith("_"):
        parser.fail(f"{name!r} cannot be the name of a slot: write a name such as 'footer'.", line)
    return name


# -- props and their types -----------------------------------------------------------------------


def _prop(parser: Parser) -> Prop:
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
