"""Frames: parts of a page that load, and are navigated, by themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jinja2 import nodes
from jinja2 import Undefined
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup

from .ids import check_id

LOADING = ("eager", "lazy")
"""When the content of a frame is fetched: at once, or when it comes into view."""

_TAGS = re.compile(r"<(/?)hf-frame(?=[\s>])([^>]*)>")


class FrameExtension(Extension):
    """The tag ``frame``, which puts out an ``<hf-frame>`` element.

    ::

        {% frame "cart" src=url_for("shop.cart") loading="lazy" %}One moment …{% endframe %}
    """

    tags = {"frame"}  # noqa: RUF012
    priority = 50  # a tag of this name that the app has is loaded later, and stays

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """Return the nodes: the opening tag, what the frame holds, the closing tag."""
        line = next(parser.stream).lineno
        name = parser.parse_expression()
        pairs = []
        while parser.stream.current.type != "block_end":
            pairs.append(self._attribute(parser))
        attributes = nodes.Dict(pairs, lineno=line)
        body = parser.parse_statements(("name:endframe",), drop_needle=True)
        tag = self.call_method("opening", [name, attributes], lineno=line)
        end = nodes.TemplateData("</hf-frame>", lineno=line)
        return [
            nodes.Output([tag], lineno=line),
            *body,
            nodes.Output([end], lineno=line),
        ]

    def _attribute(self, parser: Parser) -> nodes.Pair:
        first = parser.stream.expect("name")
        name = str(first.value)
        while parser.stream.skip_if("sub"):
            name += f"-{parser.stream.expect('name').value}"
        if name == "id":
            parser.fail('The id of a frame is what comes first: {% frame "cart" %}.', first.lineno)
        parser.stream.expect("assign")
        return nodes.Pair(nodes.Const(name), parser.parse_expression(), lineno=first.lineno)

    def opening(self, name: Any, attributes: Mapping[str, Any]) -> Markup:
        """Return the opening tag of a frame; ``None`` and ``False`` leave an attribute out."""
        loading = attributes.get("loading")
        if loading is not None and loading not in LOADING:
            raise ValueError(f"The frame {name!r} has loading={loading!r}: write one of {LOADING}.")
        tag = Markup('<hf-frame id="{}"').format(check_id(name))
        for key, value in attributes.items():
            if value is not None and value is not False and not isinstance(value, Undefined):
                tag += Markup(' {}="{}"').format(key, "" if value is True else value)
        return tag + Markup(">")


def content_of_frame(html: str, name: str) -> str | None:
    """Return what stands in a frame of a page, or ``None`` when the page has no such frame.

    >>> content_of_frame('<p><hf-frame id="a">1<hf-frame id="b">2</hf-frame></hf-frame>', "a")
    '1<hf-frame id="b">2</hf-frame>'
    """
    wanted, begin, depth = f' id="{name}" ', -1, 0
    for tag in _TAGS.finditer(html):
        if begin < 0:
            if not tag[1] and f"{tag[2]} ".startswith(wanted):
                begin = tag.end()
            continue
        depth += -1 if tag[1] else 1
        if depth < 0:
            return html[begin : tag.start()]
    return None
