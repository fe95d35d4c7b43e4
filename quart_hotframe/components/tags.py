"""The template tags: ``{% component %}`` and ``{% slot %}``, and ``{% props %}`` in components.

A component's template becomes one macro, and ``{% component %}`` a call of it; what stands in the
tag becomes macros too, which see the variables around it. So a use costs about as much as a macro.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple
from typing import NoReturn

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from ..errors import ComponentError
from .annotations import read_prop
from .props import Prop
from .slots import DEFAULT
from .slots import filled
from .slots import Taking

PREFIX = "hotframe.component/"
"""What the names of components' templates begin with, which no page has."""

PAGE = "hotframe_page"
"""The name in a component's template for the context of the page that it is part of."""

SLOT = "hotframe_slot_"
"""What the names there for the fills of slots begin with."""

SPECIAL = ("caller", "kwargs", "self", "varargs")
"""Names that mean something else in a macro."""


class Slot(NamedTuple):
    """What a tag ``{% slot %}`` says.

    :param takes: the names of what it takes, as a fill: ``let row``.
    :param gives: the names of what it gives, as a place: ``row=row``.
    """

    name: str
    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()


class _Filling(NamedTuple):
    """What a use puts into one slot."""

    name: str
    body: list[nodes.Node]
    takes: tuple[str, ...]
    line: int


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
        if is_component(parser):
            page = nodes.Name(PAGE, "load")
        macros, named = self._fills_of(fills)
        call = nodes.Call(
            nodes.ExtensionAttribute(self.identifier, "render"),
            [name, *where, page, _dict_or_none(named), _dict_or_none(attributes)],
            props, None, others,
        )  # fmt: skip
        use = nodes.Scope([*macros, nodes.Output([call])])
        use.hotframe_use = True  # type: ignore[attr-defined]
        return use.set_lineno(line)

    def _fills_of(self, fills: list[_Filling]) -> tuple[list[nodes.Node], list[nodes.Pair]]:
        """Return the macros of fills, and what the use is given of them."""
        macros: list[nodes.Node] = []
        named = []
        for one in fills:
            macro = f"hotframe_fill_{one.name}"
            macros.append(
                nodes.Macro(macro, [nodes.Name(n, "param") for n in one.takes], [], one.body)
            )
            fill: nodes.Expr = nodes.Name(macro, "load")
            if one.takes:
                taking = nodes.ExtensionAttribute(self.identifier, "taking")
                given = [fill, nodes.Const(one.takes), nodes.Const(one.line)]
                fill = nodes.Call(taking, given, [], None, None)
            named.append(nodes.Pair(nodes.Const(one.name), fill))
        return macros, named

    taking = Taking
    filled = staticmethod(filled)

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
        takes = _taken(parser) if parser.stream.skip_if("name:let") else ()
        gives = () if takes else _given(parser)
        body = parser.parse_statements(("name:endslot",), drop_needle=True)
        fill: nodes.Expr = nodes.Name(f"{SLOT}{name}", "load")
        if not is_component(parser):
            where = [nodes.Const(parser.filename or "<template>"), nodes.Const(line)]
            attribute = nodes.ExtensionAttribute(self.identifier, "misplaced")
            fill = nodes.Call(attribute, where, [], None, None)
        shown = nodes.Call(fill, [], [], None, None)
        if gives:
            attribute = nodes.ExtensionAttribute(self.identifier, "filled")
            shown = nodes.Call(attribute, [fill, nodes.Dict(list(gives))], [], None, None)
        place = nodes.If(fill, [nodes.Output([shown])], [], body)
        names = tuple(one.key.as_const() for one in gives)
        place.hotframe_slot = Slot(name, takes, names)  # type: ignore[attr-defined]
        return place.set_lineno(line)

    def _props(self, parser: Parser, line: int) -> nodes.Node:
        if not is_component(parser):
            parser.fail("{% props %} belongs into the template of a component.", line)
        found: list[Prop] = []
        while parser.stream.current.type != "block_end":
            if found:
                parser.stream.expect("comma")
            prop = read_prop(parser)
            if prop.name in [one.name for one in found]:
                parser.fail(f"The prop {prop.name!r} stands there twice.", line)
            found.append(prop)
        nothing = nodes.Output([nodes.TemplateData("")])
        nothing.hotframe_props = found  # type: ignore[attr-defined]
        return nothing.set_lineno(line)


def is_component(parser: Parser) -> bool:
    """Say whether the template that is read is that of a component."""
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


def _fills(parser: Parser, body: list[nodes.Node]) -> list[_Filling]:
    """Return what a use puts into which slot."""
    fills: dict[str, _Filling] = {}
    rest: list[nodes.Node] = []
    for node in body:
        slot: Slot | None = getattr(node, "hotframe_slot", None)
        if slot is None:
            rest.append(node)
            continue
        if slot.name in fills:
            parser.fail(f"The slot {slot.name!r} is filled twice.", node.lineno)
        if slot.gives:
            parser.fail(
                f"The place of the slot {slot.name!r} gives values, in the component's template. "
                f"Here they are taken: write let {', '.join(slot.gives)}.",
                node.lineno,
            )
        assert isinstance(node, nodes.If)
        fills[slot.name] = _Filling(slot.name, node.else_, slot.takes, node.lineno)
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
        fills[DEFAULT] = _Filling(DEFAULT, rest, (), rest[0].lineno)
    return list(fills.values())


def _taken(parser: Parser) -> tuple[str, ...]:
    """Return the names behind ``let``, with commas between them."""
    names: dict[str, None] = {}
    while not names or parser.stream.skip_if("comma"):
        token = parser.stream.expect("name")
        if token.value in names:
            parser.fail(f"{token.value!r} stands there twice.", token.lineno)
        if token.value in SPECIAL or token.value.startswith("hotframe_"):
            parser.fail(f"{token.value!r} cannot be taken: choose another name.", token.lineno)
        names[token.value] = None
    return tuple(names)


def _given(parser: Parser) -> tuple[nodes.Pair, ...]:
    """Return what a place gives: ``row=row, index=loop.index``."""
    given: dict[str, nodes.Pair] = {}
    while parser.stream.current.type == "name":
        token = next(parser.stream)
        parser.stream.expect("assign")
        if token.value in given:
            parser.fail(f"{token.value!r} stands there twice.", token.lineno)
        if token.value in SPECIAL:
            parser.fail(f"{token.value!r} cannot be given: choose another name.", token.lineno)
        value = parser.parse_expression()
        given[token.value] = nodes.Pair(nodes.Const(token.value), value, lineno=token.lineno)
        parser.stream.skip_if("comma")
    return tuple(given.values())


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
