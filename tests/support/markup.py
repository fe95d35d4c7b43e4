"""Pages as a browser reads them, for looking at what stands in them."""

from __future__ import annotations

from html.parser import HTMLParser


class Seen(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def by_id(self, id: str) -> dict[str, str | None]:
        """Return the attributes of an element."""
        (found,) = [one for _, one in self.elements if one.get("id") == id]
        return found

    def fields(self) -> dict[str, str | None]:
        """Return the values of the inputs with a name."""
        return {
            str(one["name"]): one.get("value")
            for tag, one in self.elements
            if tag == "input" and "name" in one
        }
