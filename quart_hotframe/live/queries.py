"""Fields that are in the query string of the page."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from urllib.parse import urlencode
from urllib.parse import urlsplit

from quart import has_request_context
from quart import request

from .described import described
from .shape import Misfit

if TYPE_CHECKING:
    from .component import LiveComponent

LONGEST = 2000
"""Most characters of an address."""


class Queries:
    """Reads and writes the fields with ``Url[…]``."""

    def read(self, component: LiveComponent) -> None:
        """Take them from the address of the request; what does not fit is left out."""
        query = described(type(component)).query
        if not query.names or not has_request_context():
            return
        for name in query.names & request.args.keys():
            with suppress(Misfit):
                setattr(component, name, query.check({name: request.args[name]})[name])

    def address(self, component: LiveComponent, url: str) -> str | None:
        """Return the address of a page with the fields as they are, ``None`` when it has them.

        :param url: path and query of the page.
        """
        shape = described(type(component))
        if not shape.query.names or not url.startswith("/") or len(url) > LONGEST:
            return None
        place = urlsplit(url)
        pairs = [(n, v) for n, v in parse_qsl(place.query, keep_blank_values=True)
                 if n not in shape.query.names]  # fmt: skip
        held = vars(component)
        pairs += [(one.name, _text(held[one.name])) for one in shape.fields.values()
                  if one.name in shape.query.names and held[one.name] != one.default]  # fmt: skip
        query = urlencode(pairs)
        return place.path + (f"?{query}" if query else "") if query != place.query else None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
