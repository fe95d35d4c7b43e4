"""What a handler does to the page beside its own HTML: ``self.patches``."""

from __future__ import annotations

from typing import Any

from ..templating.ids import check_id

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
