"""What makes live components work without JavaScript: a form that holds the state of each."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any
from typing import NamedTuple
from urllib.parse import parse_qsl
from urllib.parse import urlencode
from urllib.parse import urlsplit

from markupsafe import Markup
from quart import has_request_context
from quart import request

from ..forms.token import token_field
from .queries import LONGEST
from .reading import is_page

RULE = "/hotframe/live/form"
PAGE = "hf_page"
"""The field, and the part of the address, that names the page whose states are held."""
WITHOUT = frozenset({"table", "thead", "tbody", "tfoot", "tr", "colgroup", "select"})
"""Elements in which no form can stand."""
NOVALIDATE = Markup(" novalidate")
"""Where the component says itself what is wrong, and not about one field alone."""


class Asked(NamedTuple):
    """The event that a button stands for."""

    event: str | None
    args: dict[str, Any]


def id_of(id: str) -> str:
    """Return the id of the form of an instance."""
    return f"{id}.form"


def asked(value: str) -> Asked:
    """Return the event that the value of a button names, with its arguments.

    :raises ValueError: it names none.
    """
    name, _, rest = value.partition(" ")
    arguments = json.loads(rest) if rest else {}
    if not isinstance(arguments, dict):
        raise ValueError(value)
    return Asked(name or None, arguments)


FILES = Markup(' enctype="multipart/form-data"')
FOR = "for"
"""The part of the address that says which component takes the files that come."""


def form(
    id: str, element: str, fields: dict[str, Any] | None = None, submits: str = "", takes: str = ""
) -> Markup:
    """Return the form of an instance.

    Its first button is hidden: Enter in an input presses the first one, which only sets fields.

    :param fields: what it sends beside the inputs; where events go by JavaScript it sends nothing.
    :param submits: the event that Enter asks for, where there is one.
    :param takes: the full name of a component to which files may be sent.
    """
    if element in WITHOUT:
        return Markup("")
    hidden = Markup("").join(
        Markup('<input type="hidden" name="{}" value="{}">').format(name, value)
        for name, value in (fields or {}).items()
    )
    if fields is not None:
        hidden += token_field()
    action = _root() + RULE + (f"?{FOR}={takes}" if takes else "")
    begin = _opening(id_of(id), action, FILES if takes else "", submits)
    return Markup(f"{begin}{hidden}</form>")


@lru_cache(maxsize=1000)
def _opening(id: str, action: str, files: str, submits: str) -> str:
    """Return how a form begins; it is the same in each answer."""
    return Markup(
        '<form id="{}" method="post" action="{}"{}{} hidden>'
        '<button name="hf_event" value="{}"{} hidden></button>'
    ).format(id, action, Markup(files), NOVALIDATE if submits else "", submits,
             Markup(' hf-submit="{}"').format(submits) if submits else "")  # fmt: skip


def page_of_request() -> str:
    """Return the page whose states a request without JavaScript asks for, ``""`` if it does not."""
    page = request.args.get(PAGE, "") if has_request_context() else ""
    return page if is_page(page) else ""


def address_of_request() -> str:
    """Return path and query of the request, ``""`` where there is none."""
    if not has_request_context():
        return ""
    return request.root_path + request.full_path.rstrip("?")


def address(url: str, page: str, id: str) -> str:
    """Return an address that shows the states of a page, at an instance."""
    place = urlsplit(url[:LONGEST])
    pairs = [(name, value) for name, value in parse_qsl(place.query, keep_blank_values=True)
             if name != PAGE]  # fmt: skip
    query = urlencode([*pairs, (PAGE, page)])
    return f"{place.path}?{query}#{id}"


def _root() -> str:
    return request.root_path if has_request_context() else ""
