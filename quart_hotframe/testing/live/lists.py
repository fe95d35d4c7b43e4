"""A patch of a list, as it changes rows by their keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .markup import Element
from .markup import parse

KEY = "data-key"


def change_list(
    target: Element, patch: dict[str, Any], update: Callable[[Element, Element], None]
) -> None:
    """Drop, move, update and insert rows of a list, and keep no more than its limit.

    :param update: makes a row, its first argument, what another one says.
    """
    for key in patch.get("drop", ()):
        if (gone := _find(target, key)) is not None:
            gone.replace([])
    end = _end(target, patch)
    moved = [row for key in patch.get("move", ()) if (row := _find(target, key)) is not None]
    new = [one for one in parse(patch.get("html", "")).children if isinstance(one, Element)]
    for row in [*moved, *new]:
        old = _find(target, row.attributes.get(KEY))
        if old is None:
            _place(target, row, end)
            continue
        if old is not row:
            update(old, row)
        if "at" in patch or "before" in patch:
            end = _following(old) if old is end else end
            old.replace([])
            _place(target, old, end)
    _keep(target, patch)


def _end(target: Element, patch: dict[str, Any]) -> Element | None:
    """Return the row before which others go, ``None`` for the end."""
    before = _find(target, patch.get("before"))
    if before is None and patch.get("at") == "start":
        return next(iter(_rows(target)), None)
    return before


def _place(target: Element, row: Element, end: Element | None) -> None:
    target.put([row], None if end is None else end.place()[1])


def _following(row: Element) -> Element | None:
    parent, at = row.place()
    return next((one for one in parent.children[at + 1 :] if isinstance(one, Element)), None)


def _keep(target: Element, patch: dict[str, Any]) -> None:
    """Drop the rows beyond the limit at the end where none was put."""
    rows, limit = _rows(target), patch.get("limit")
    while limit is not None and len(rows) > limit:
        rows.pop(-1 if patch.get("at") == "start" else 0).replace([])


def _rows(target: Element) -> list[Element]:
    return [one for one in target.children if isinstance(one, Element) and KEY in one.attributes]


def _find(target: Element, key: str | None) -> Element | None:
    return next((row for row in _rows(target) if row.attributes[KEY] == key), None)
