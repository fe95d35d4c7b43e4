"""Patches as clients take them: our own, htmx 2 and 4, Turbo."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any
from typing import NamedTuple

from markupsafe import escape

from ..assets import split_assets
from ..errors import SetupError

NATIVE = "application/vnd.hotframe.patches+json"
TURBO = "text/vnd.turbo-stream.html"
HTML = "text/html; charset=utf-8"
ASKED_BY = ("Accept", "HX-Request", "HX-Request-Type")
"""The request headers that :func:`encoder_for` looks at."""

BARE = ("attributes", "list", "refresh", "remove")
"""Actions that may have no HTML."""
OWN = ("attributes", "list")
"""Actions that only our own client has."""
NOTHING: Mapping[str, str] = MappingProxyType({})
TURBO_HEAD = '<turbo-stream action="append" targets="head">'
PLACES = {
    "append": "beforeend",
    "prepend": "afterbegin",
    "before": "beforebegin",
    "after": "afterend",
    "replace": "outerHTML",
    "update": "innerHTML",
    "remove": "delete",
}
"""How htmx calls the actions."""
AROUND = {
    "tr": "tbody", "td": "tr", "th": "tr", "col": "colgroup",
    "caption": "table", "colgroup": "table", "tbody": "table", "tfoot": "table", "thead": "table",
}  # fmt: skip
"""Elements that a browser only keeps inside of another one, which is not put into the page."""

_START = re.compile(r"\s*(?:<!--(?:(?!-->).)*-->\s*)*<([A-Za-z][^\s/>]*)", re.DOTALL)


class Patch(NamedTuple):
    """One change, rendered; ``target`` is an id, ``None`` for the page.

    ``more`` is what only our own client understands.
    """

    action: str
    target: str | None
    html: str
    more: Mapping[str, Any] = NOTHING


class Encoded(NamedTuple):
    """The body of an answer, with its headers."""

    body: str
    content_type: str
    headers: Mapping[str, str] = NOTHING


Encoder = Callable[[Sequence[Patch], str], Encoded]
"""Takes changes, and the elements that load what the components in them bring."""


def encoder_for(headers: Any) -> Encoder | None:
    """Return the encoder for what a client asks for, ``None`` when it takes no patches.

    :param headers: those of the request.
    """
    accepted = headers.get("Accept", "")
    if NATIVE in accepted:
        return native
    if "HX-Request" in headers:
        return htmx4 if "HX-Request-Type" in headers else htmx2
    return turbo if TURBO in accepted else None


def apart_from_assets(changes: Sequence[Patch]) -> tuple[list[Patch], str]:
    """Return the changes without the elements that load assets, and those elements, each once."""
    elements: dict[str, None] = {}
    found = []
    for change in changes:
        assets, html = split_assets(change.html)
        elements |= dict.fromkeys(assets)
        found.append(change._replace(html=html))
    return found, "".join(elements)


def begins_with_element(html: str) -> bool:
    """Say whether HTML begins with an element, apart from space and comments."""
    return _START.match(html) is not None


def native(changes: Sequence[Patch], assets: str = "") -> Encoded:
    """Encode for our own client."""
    found = {"assets": assets} if assets else {}
    return Encoded(json.dumps({**found, "patches": [members(one) for one in changes]}), NATIVE)


def members(change: Patch) -> dict[str, Any]:
    """Return a change as our own client reads it."""
    found: dict[str, Any] = {"action": change.action, **change.more}
    if change.target is not None:
        found["target"] = change.target
    if change.html or change.action not in BARE:
        found["html"] = change.html
    return found


def _refuse_own(changes: Sequence[Patch], client: str) -> None:
    """Refuse what a client that others made cannot do.

    :raises SetupError: there is such a change.
    """
    for change in changes:
        if change.action in OWN:
            raise SetupError(
                f"{client} has no change {change.action!r}, as for {change.target!r}: that is for "
                "HotFrame's own client. Give what changes an id, and use 'replace', 'append' and "
                "'remove'."
            )


def turbo(changes: Sequence[Patch], assets: str = "") -> Encoded:
    """Encode for Turbo, which cannot load one frame again: it loads the page.

    :raises SetupError: a change is only for our own client.
    """
    _refuse_own(changes, "Turbo")
    head = f"{TURBO_HEAD}<template>{assets}</template></turbo-stream>" if assets else ""
    return Encoded(head + "".join(map(_stream, changes)), f"{TURBO}; charset=utf-8")


def _stream(change: Patch) -> str:
    if change.action == "refresh":
        return '<turbo-stream action="refresh"></turbo-stream>'
    action = 'replace" method="morph' if change.action == "morph" else change.action
    content = "" if change.action == "remove" else f"<template>{change.html}</template>"
    return f'<turbo-stream action="{action}" target="{change.target}">{content}</turbo-stream>'


def htmx4(changes: Sequence[Patch], assets: str = "") -> Encoded:
    """Encode for htmx 4, as ``<hx-partial>``."""
    head = f'<hx-partial hx-target="head" hx-swap="beforeend">{assets}</hx-partial>'
    return _for_htmx(changes, _partial, head if assets else "")


def _partial(change: Patch) -> str:
    place = "outerMorph" if change.action == "morph" else PLACES[change.action]
    target = escape(_selector(change))
    return f'<hx-partial hx-target="{target}" hx-swap="{place}">{change.html}</hx-partial>'


def htmx2(changes: Sequence[Patch], assets: str = "") -> Encoded:
    """Encode for htmx 2, as out-of-band swaps; it cannot morph by itself, and replaces.

    Each has a ``<template>`` around it, in which a browser also keeps rows of tables.
    """
    head = f'<template><div hx-swap-oob="beforeend:head">{assets}</div></template>'
    return _for_htmx(changes, _out_of_band, head if assets else "")


def _out_of_band(change: Patch) -> str:
    place = PLACES["replace" if change.action == "morph" else change.action]
    swap = f'hx-swap-oob="{escape(f"{place}:{_selector(change)}")}"'
    begin = _START.match(change.html)
    if place == "outerHTML":
        assert begin is not None
        marked = f"{change.html[: begin.end()]} {swap}{change.html[begin.end() :]}"
        return f"<template>{marked}</template>"
    tag = AROUND.get(begin[1].lower(), "div") if begin is not None else "div"
    return f"<template><{tag} {swap}>{change.html}</{tag}></template>"


def _for_htmx(changes: Sequence[Patch], encode: Callable[[Patch], str], head: str) -> Encoded:
    """Return the changes, and headers for what is no change of an element.

    ``HX-Reswap`` keeps htmx from putting the rest of the answer, which is empty, into its target.
    """
    _refuse_own(changes, "htmx")
    headers = {"HX-Reswap": "none"}
    again = [change.target for change in changes if change.action == "refresh"]
    if None in again:
        headers["HX-Refresh"] = "true"
    elif again:
        headers["HX-Trigger"] = ", ".join(f"hf:refresh:{target}" for target in again)
    body = head + "".join(encode(change) for change in changes if change.action != "refresh")
    return Encoded(body, HTML, headers)


def _selector(change: Patch) -> str:
    return f'[id="{change.target}"]'  # the id needs no escaping there, unlike after a '#'
