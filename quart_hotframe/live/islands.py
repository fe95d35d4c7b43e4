"""The tag of islands: parts of a live component that are sent by themselves."""

from __future__ import annotations

import re

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from ..components.definition import LIVE
from ..components.tags import is_component

NAME = re.compile(r"[a-z][a-z0-9_-]*")
ELEMENT = re.compile(r"[a-z][a-z0-9-]*")


class IslandExtension(Extension):
    """The tag ``island``.

    ::

        {% island "rows" element="tbody" %}{% for row in rows %}…{% endfor %}{% endisland %}
    """

    tags = {"island"}  # noqa: RUF012
    priority = 50  # a tag of this name that the app has is loaded later, and stays

    def parse(self, parser: Parser) -> nodes.Node:
        """Return a call of the view with what stands in the tag."""
        line = next(parser.stream).lineno
        if not is_component(parser):
            parser.fail("{% island %} belongs into the template of a live component.", line)
        name = _constant(parser, NAME, "rows")
        element = "div"
        if parser.stream.skip_if("name:element"):
            parser.stream.expect("assign")
            element = _constant(parser, ELEMENT, "tbody")
        body = parser.parse_statements(("name:endisland",), drop_needle=True)
        macro = f"hotframe_island_{name.replace('-', '_')}"
        call = nodes.Call(
            nodes.Getattr(nodes.Name(LIVE, "load"), "island", "load"),
            [nodes.Const(name), nodes.Const(element), nodes.Name(macro, "load")], [], None, None,
        )  # fmt: skip
        parts = [nodes.Macro(macro, [], [], body), nodes.Output([call])]
        return nodes.Scope(parts).set_lineno(line)


def _constant(parser: Parser, form: re.Pattern[str], such: str) -> str:
    token = parser.stream.expect("string")
    text = str(token.value)
    if not form.fullmatch(text):
        parser.fail(f"{text!r} cannot stand here: write one such as {such!r}.", token.lineno)
    return text
