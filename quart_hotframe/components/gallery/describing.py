"""What the gallery says about a component: all of it is taken from its own files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import cleandoc

from jinja2 import Environment
from markupsafe import Markup

from ..definition import Definition
from ..finding import EXAMPLE
from ..props import Prop
from ..props import REQUIRED

LONGEST = 80
"""Most characters of a default that are shown."""

_CODE = re.compile(r"``?([^`]+)``?")
_FIELD = re.compile(r":(param|slot) (\w+): *(.*)")


@dataclass(frozen=True)
class Row:
    """A prop, a value from around or a slot, and what its author says about it."""

    name: str
    doc: Markup
    type: str = ""
    default: str = ""
    required: bool = False


@dataclass(frozen=True)
class Entry:
    """A component in the gallery.

    :param name: with its owner, as ``shop:card``.
    :param doc: its paragraphs.
    :param example: the template that shows its use, ``""`` if there is none.
    """

    name: str
    found: Definition
    doc: tuple[Markup, ...]
    props: tuple[Row, ...]
    contexts: tuple[Row, ...]
    slots: tuple[Row, ...]
    example: str


def describe(found: Definition, environment: Environment) -> Entry:
    """Return what is shown about a component."""
    own = found.kind.__doc__ if found.kind is not None else None
    doc, said = explained(own or first_comment(found.source, environment))
    return Entry(
        name=f"{found.owner}:{found.name}", found=found,
        doc=tuple(marked(one) for one in doc.split("\n\n") if one),
        props=tuple(_row(one, said) for one in found.props),
        contexts=tuple(_row(one, said) for one in found.contexts),
        slots=tuple(
            Row(one, marked(said.get(("slot", one), "")))
            for one in sorted(found.slots, key=lambda one: (one != "default", one))
        ),
        example=example_of(found),
    )  # fmt: skip


def example_of(found: Definition) -> str:
    """Return the text of the file beside a component that shows its use."""
    try:
        return found.file.with_name(f"{found.name}{EXAMPLE}").read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def first_comment(source: str, environment: Environment) -> str:
    """Return the comment with which the template of a component begins, without its signs."""
    for _, kind, value in environment.lex(source):
        if kind == "comment":
            return value
        if kind == "data" and value.strip():
            break
    return ""


def explained(text: str) -> tuple[str, Mapping[tuple[str, str], str]]:
    """Return what a text says about the whole, and about each ``:param x:`` and ``:slot x:``.

    >>> explained("A card.\\n\\n:param title: the heading,\\n    if it has one.")
    ('A card.', {('param', 'title'): 'the heading, if it has one.'})
    """
    about: list[str] = []
    said: dict[tuple[str, str], str] = {}
    at: tuple[str, str] | None = None
    for line in cleandoc(text).splitlines():
        field = _FIELD.match(line)
        if field is not None:
            at = (field[1], field[2])
            said[at] = field[3]
        elif at is not None and line.startswith(" "):
            said[at] += f" {line.strip()}"
        else:
            at = None
            about.append(line)
    return "\n".join(about).strip(), said


def _row(prop: Prop, said: Mapping[tuple[str, str], str]) -> Row:
    required = prop.default is REQUIRED
    default = "" if required else repr(prop.default)
    if len(default) > LONGEST:
        default = f"{default[:LONGEST]}…"
    doc = marked(said.get(("param", prop.name), ""))
    return Row(prop.name, doc, prop.shown, default, required)


def marked(text: str) -> Markup:
    """Return a text with what stands in backticks as code."""
    code = Markup("<code>{}</code>").format
    pieces = enumerate(_CODE.split(text))
    return Markup("").join(code(one) if number % 2 else one for number, one in pieces)
