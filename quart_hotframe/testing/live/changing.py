"""Patches, as they change the tree of a page."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Sequence
from typing import Any

from .fields import is_dirty
from .fields import is_field
from .fields import Key
from .fields import keyed
from .lists import change_list
from .markup import Element
from .markup import parse

OF_PAGE = ("announce", "call", "flash", "focus", "navigate", "title")
"""Patches that leave no trace in the tree, but flashes."""
FLASHES = "hf-flashes"
Nodes = Sequence[Element | str]


class Changing:
    """Applies patches to a document.

    :param is_ahead: says whether an instance is further than a page that shows it anew.
    """

    def __init__(self, document: Element, is_ahead: Callable[[Element], bool]) -> None:
        self._document = document
        self._is_ahead = is_ahead

    def apply(self, patch: dict[str, Any], sent: Collection[Key]) -> None:
        """Apply one patch.

        :param sent: fields whose content the server has.
        :raises LookupError: its target or action is not there.
        """
        action, html = patch["action"], patch.get("html", "")
        if action == "flash":
            self._insert(self._target(FLASHES), html, None)
        elif action == "list":
            change_list(self._target(patch["target"]), patch, self._become)
        elif action == "attributes":
            self._attributes(self._target(patch["target"]), patch["values"])
        elif action not in OF_PAGE:
            run = getattr(self, f"_{action}", None) if action in ACTIONS else None
            if run is None:
                raise LookupError(f"{action}: there is no such action.")
            run(self._target(patch["target"]), html, sent)

    def _target(self, id: str) -> Element:
        found = self._document.by_id(id)
        if found is None:
            raise LookupError(f"There is no #{id}.")
        return found

    def _html(self, target: Element, html: str, sent: Collection[Key]) -> None:
        self._fill(target, parse(html).children, sent, renew=True)

    def _update(self, target: Element, html: str, sent: Collection[Key]) -> None:
        target.children = []
        target.put(parse(html).children)

    def _morph(self, target: Element, html: str, sent: Collection[Key]) -> None:
        nodes = parse(html).children
        itself = [one for one in nodes if isinstance(one, Element) and one.id == target.id]
        if itself:
            self._become(target, itself[0], sent)
        else:
            self._fill(target, nodes, sent, renew=False)

    def _become(self, target: Element, new: Element, sent: Collection[Key] = ()) -> None:
        self._fill(target, new.children, sent, renew=False)
        target.attributes = new.attributes

    def _attributes(self, target: Element, values: dict[str, str | None]) -> None:
        for name, value in values.items():
            target.attributes.pop(name, None)
            if value is not None:
                target.attributes[name] = value

    def _replace(self, target: Element, html: str, sent: Collection[Key]) -> None:
        target.replace(parse(html).children)

    def _remove(self, target: Element, html: str, sent: Collection[Key]) -> None:
        target.replace([])

    def _gone(self, target: Element, html: str, sent: Collection[Key]) -> None:
        target.attributes["data-hf-gone"] = ""

    def _append(self, target: Element, html: str, sent: Collection[Key]) -> None:
        self._insert(target, html, None)

    def _prepend(self, target: Element, html: str, sent: Collection[Key]) -> None:
        self._insert(target, html, 0)

    def _before(self, target: Element, html: str, sent: Collection[Key]) -> None:
        parent, at = target.place()
        self._insert(parent, html, at)

    def _after(self, target: Element, html: str, sent: Collection[Key]) -> None:
        parent, at = target.place()
        self._insert(parent, html, at + 1)

    def _insert(self, parent: Element, html: str, at: int | None) -> None:
        """Insert nodes; one that is in the page already is no longer where it was."""
        nodes = parse(html).children
        following = None if at is None else parent.children[at : at + 1]
        for one in nodes:
            same = isinstance(one, Element) and one.id and self._document.by_id(one.id)
            if isinstance(same, Element):
                same.replace([])
        if following:
            at = next((n for n, one in enumerate(parent.children) if one is following[0]), at)
        parent.put(nodes, at)

    def _fill(self, target: Element, nodes: Nodes, sent: Collection[Key], renew: bool) -> None:
        """Let an element hold what the server says; what is typed or kept stays."""
        new = Element("")
        new.put(nodes)
        for one in list(new.all()):
            old = target.by_id(one.id) if one.id else None
            if old is not None and self._stays(old, one, renew):
                one.replace([old])
        typed = {key: one.typed for key, one in _fields(target).items()
                 if is_dirty(one) and key not in sent}  # fmt: skip
        target.children = []
        target.put(new.children)
        for key, one in _fields(target).items():
            if key in typed:
                one.typed = typed[key]

    def _stays(self, old: Element, new: Element, renew: bool) -> bool:
        if "hf-keep" in new.attributes or {"hf-ignore", "hf-preserve"} & old.attributes.keys():
            return True
        return not renew and "hf-live" in new.attributes and self._is_ahead(new)


ACTIONS = (
    "after", "append", "before", "gone", "html", "morph", "prepend", "remove", "replace", "update",
)  # fmt: skip


def _fields(root: Element) -> dict[Key, Element]:
    return keyed(one for one in root.all() if is_field(one))
