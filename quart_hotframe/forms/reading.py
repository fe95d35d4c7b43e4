"""What was sent, as the input of a model: only what the model declares, in its shape."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

from quart.datastructures import FileStorage

from .names import joined
from .names import Node
from .shapes import Choice
from .shapes import Shape
from .upload import Upload

OFF = ("", "false", "off", "0")
"""What a checkbox may send that means no."""


class _Missing:
    """Stands for a value that was not given."""


MISSING = _Missing()


class Reader:
    """Reads the values of one form, and notes which rows the items of a list came from.

    ``rows`` has, by the name of a list, the numbers of the rows that became its items.
    """

    def __init__(self) -> None:
        self.rows: dict[str, list[int]] = {}

    def read(self, shape: Shape, node: Node, name: str = "") -> Any:
        """Return the value for a shape, or ``MISSING``."""
        return _READERS[shape.kind](self, shape, node, name)

    def _text(self, shape: Shape, node: Node, name: str) -> Any:
        text = _last(node)
        if text is None:
            return MISSING
        if text == "":
            return _empty(shape)
        return _cleaned(text)

    def _choice(self, shape: Shape, node: Node, name: str) -> Any:
        text = _last(node)
        if not text:
            return MISSING if text is None else _empty(shape)
        return _chosen(shape.choices, text)

    def _choices(self, shape: Shape, node: Node, name: str) -> Any:
        return [_chosen(shape.choices, text) for text in _texts(node) if text]

    def _check(self, shape: Shape, node: Node, name: str) -> Any:
        ticked = (_last(node) or "").lower() not in OFF
        if not shape.choices:
            return ticked
        return shape.choices[0].value if ticked else (None if shape.nullable else MISSING)

    def _file(self, shape: Shape, node: Node, name: str) -> Any:
        files = list(_files(node))
        if not files:
            return None if shape.nullable else MISSING
        return files[-1]

    def _many_files(self, shape: Shape, node: Node, name: str) -> Any:
        return list(_files(node))

    def _group(self, shape: Shape, node: Node, name: str) -> Any:
        if shape.nullable and node.blank:
            return None
        found = {
            part: self.read(one, node.at(part), joined(name, part))
            for part, one in shape.parts.items()
        }
        return {part: value for part, value in found.items() if value is not MISSING}

    def _rows(self, shape: Shape, node: Node, name: str) -> Any:
        """Return the items of a list; a row with an empty text is none."""
        assert shape.item is not None
        spread(node)
        found = []
        for number, row in node.rows():
            if shape.item.kind not in ("group", "check") and row.blank:
                continue
            found.append((number, self.read(shape.item, row, joined(name, number))))
        self.rows[name] = [number for number, _ in found]
        return [value for _, value in found]


def _cleaned(text: str) -> str:
    """Return a text with the ends of lines that browsers count, and without what no text has."""
    return text.replace("\r\n", "\n").replace("\0", "\ufffd")


def spread(node: Node) -> None:
    """Make rows of values that were sent under the name of the list itself."""
    following = max((number for number, _ in node.rows()), default=-1) + 1
    for number, value in enumerate(node.values, following):
        node.children[str(number)] = Node(value)
    node.values.clear()


def _texts(node: Node) -> Iterator[str]:
    return (one for one in node.values if isinstance(one, str))


def _last(node: Node) -> str | None:
    return next(reversed(list(_texts(node))), None)


def _files(node: Node) -> Iterator[Upload]:
    return (Upload(one) for one in node.values if isinstance(one, FileStorage) and one.filename)


def _empty(shape: Shape) -> Any:
    """Return what an empty field means."""
    if shape.nullable:
        return None
    return MISSING if shape.required and shape.is_words else ""


def _chosen(choices: tuple[Choice, ...], text: str) -> Any:
    return next((one.value for one in choices if one.text == text), text)


_READERS: dict[str, Callable[[Reader, Shape, Node, str], Any]] = {
    "text": Reader._text,
    "choice": Reader._choice,
    "choices": Reader._choices,
    "check": Reader._check,
    "file": Reader._file,
    "files": Reader._many_files,
    "group": Reader._group,
    "rows": Reader._rows,
}
