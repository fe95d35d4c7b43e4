"""What somebody has typed into the form of a live component, as its state has it."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING

from typing_extensions import TypedDict

if TYPE_CHECKING:
    from ..forms.names import Node

Texts = list[str]


class Typed(TypedDict):
    """What is written down of a form.

    ``values`` are the texts of each field by name, ``begun`` what those began with that have
    changed since. ``touched`` are the names of fields that
    somebody has changed, ``tried`` says that the form was sent in vain, and ``said`` is what is
    wrong beside what the model finds.
    """

    values: dict[str, Texts]
    begun: dict[str, Texts]
    touched: list[str]
    tried: bool
    said: dict[str, Texts]


def new_typed(values: dict[str, Texts]) -> Typed:
    """Return what is written down of a form that begins."""
    return {"values": values, "begun": {}, "touched": [], "tried": False, "said": {}}


def write(typed: Typed, name: str, texts: Texts) -> bool:
    """Take what stands in a field now, and say whether that is something else than before."""
    before = typed["values"].get(name, [])
    if _same(before, texts):
        return False
    typed["values"][name] = texts
    _note(typed, name, before, texts)
    if name not in typed["touched"]:
        typed["touched"].append(name)
    typed["said"].pop("", None)
    typed["said"].pop(name, None)
    return True


def replace(typed: Typed, values: dict[str, Texts]) -> None:
    """Take other fields than before, where rows came or went."""
    before = typed["values"]
    for name in dict.fromkeys(chain(before, values)):
        _note(typed, name, before.get(name, []), values.get(name, []))
    typed["values"] = values
    typed["touched"] = [name for name in typed["touched"] if name in values]
    typed["said"] = {name: one for name, one in typed["said"].items() if name in values}


def rebase(typed: Typed, values: dict[str, Texts]) -> None:
    """Let fields that nobody has changed hold what they would begin with now."""
    mine = {name: typed["values"].get(name) for name in typed["begun"]}
    typed["begun"] = {}
    before, typed["values"] = values, {**values}
    for name, texts in mine.items():
        if texts is None:  # of a row that was taken out
            typed["values"].pop(name, None)
        else:
            typed["values"][name] = texts
        _note(typed, name, before.get(name, []), texts or [])


def _note(typed: Typed, name: str, before: Texts, after: Texts) -> None:
    if _same(typed["begun"].setdefault(name, before), after):
        del typed["begun"][name]


def _same(one: Texts, other: Texts) -> bool:
    """Whether two fields hold the same; an empty text is none."""
    return [*filter(None, one)] == [*filter(None, other)]


def packed(node: Node, name: str = "") -> Iterator[tuple[str, Texts]]:
    """Return the texts of a tree by name; also the names of fields that have none."""
    if name and (node.values or not node.children):
        yield name, [str(one) for one in node.values]
    for part, child in node.children.items():
        yield from packed(child, f"{name}.{part}" if name else part)


def unpacked(values: Mapping[str, Texts], root: Node) -> Node:
    """Put texts by name into a tree, and return it."""
    for name, texts in values.items():
        node = root
        for part in name.split("."):
            node = node.children.setdefault(part, type(root)())
        node.values[:] = texts
    return root
