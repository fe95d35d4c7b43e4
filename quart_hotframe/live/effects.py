"""What a handler does to the page beside its own HTML: ``self.patches``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import escape

from ..templating.ids import check_id
from ..templating.members import At
from ..templating.members import attribute_members
from ..templating.members import check_keys
from ..templating.members import check_rows
from ..templating.members import Key
from ..templating.members import moved_members
from ..templating.members import place_members

HOW = ("patch", "push", "replace", "full")
MOST = 100
"""How many one event may have."""


class Effects:
    """Changes to the page that go with the next answer, in their order.

    ::

        self.patches.title("3 unread")
        self.patches.focus("note")
    """

    def __init__(self) -> None:
        self._patches: list[dict[str, Any]] = []

    def title(self, text: str) -> None:
        """Give the page another title."""
        self._add("title", text=str(text))

    def focus(self, target: str) -> None:
        """Give the focus to an element.

        :param target: its id.
        :raises ValueError: it is no id.
        """
        self._add("focus", target=check_id(target))

    def announce(self, text: str) -> None:
        """Let assistive technology say something, as soon as it has nothing else to say."""
        self._add("announce", text=str(text))

    def navigate(self, url: str, how: str = "push") -> None:
        """Go to another page.

        :param url: a path of this site, or an address that begins with ``http``.
        :param how: ``"push"`` and ``"replace"`` load it into this page, ``"patch"`` changes the
            address only, ``"full"`` leaves the page.
        :raises ValueError: it is neither, or *how* is none of these.
        """
        if how not in HOW:
            raise ValueError(f"how is one of {', '.join(HOW)}, not {how!r}.")
        if not url.startswith(("/", "http://", "https://")) or url.startswith(("//", "/\\")):
            raise ValueError(f"{url!r} is neither a path nor an http address.")
        self._add("navigate", url=url, how=how)

    def call(self, name: str, /, *args: Any) -> None:
        """Call a function that the page has registered under a name.

        :param args: what JSON can hold.
        """
        self._add("call", name=name, args=list(args))

    def put(
        self,
        target: str,
        rows: object,
        *,
        at: At | None = None,
        before: Key | None = None,
        limit: int | None = None,
    ) -> None:
        """Put rows into a list, each in the place of the one that has its ``data-key``.

        ::

            self.patches.put("feed", await render_block("feed.html", "row", row=row), limit=50)

        For a list that the component's own template does not fill: what that says wins.

        :param target: the id of the list.
        :param rows: markup of elements with ``data-key``.
        :param at: ``"start"`` or ``"end"``; without it a row that is there stays where it is, and
            others go to the end.
        :param before: the key of the row before which they go.
        :param limit: how many rows stay; those at the other end go.
        :raises TypeError: the rows are no markup.
        :raises ValueError: there is no such place, or *limit* is none, or a row has no key.
        """
        if not hasattr(rows, "__html__"):
            raise TypeError(f"Rows are markup, as render_block() returns it, not {rows!r}.")
        html = str(escape(rows))
        check_rows(target, html)
        more = place_members(at, before, limit)
        self._add("list", target=check_id(target), html=html, **more)

    def drop(self, target: str, *keys: Key) -> None:
        """Take the rows with these keys out of a list; one that is not there is no mistake."""
        self._add("list", target=check_id(target), drop=check_keys(keys))

    def move(
        self, target: str, *keys: Key, at: At | None = None, before: Key | None = None
    ) -> None:
        """Move rows of a list, by their keys, to one of its ends or before another row.

        :raises ValueError: no place is given, or two are.
        """
        more = moved_members(at, before)
        self._add("list", target=check_id(target), move=check_keys(keys), **more)

    def attributes(self, target: str, values: Mapping[str, object]) -> None:
        """Change attributes of an element, until its component is shown anew.

        ::

            self.patches.attributes("save", {"disabled": True, "title": None})

        :param values: ``True`` gives one without a value, ``None`` and ``False`` take it away.
        :raises ValueError: an attribute is none, or would run code.
        """
        self._add("attributes", target=check_id(target), **attribute_members(values))

    def emit(self, event: str, to: dict[str, Any], args: dict[str, Any]) -> None:
        """Let the page send an event to other components; see :meth:`.LiveComponent.emit`."""
        self._add("emit", event=event, to=to, args=args)

    def end_upload(self, id: str, field: str) -> None:
        """Let the page send no more of the files for a field.

        :param id: of the instance.
        """
        self._add("upload", target=id, name=field)

    def extend(self, patches: list[dict[str, Any]]) -> None:
        """Add what was taken from others."""
        for one in patches:
            self._add(**one)

    def taken(self) -> list[dict[str, Any]]:
        """Return the changes so far, and begin anew."""
        taken, self._patches = self._patches, []
        return taken

    def _add(self, action: str, **members: Any) -> None:
        if len(self._patches) >= MOST:
            raise ValueError(f"One event can have {MOST} patches.")
        self._patches.append({"action": action, **members})
