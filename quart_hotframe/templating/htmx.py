"""What htmx says with a request, and what an answer tells it; htmx 2 and 4 alike."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from quart import request
from werkzeug.urls import iri_to_uri

from .asking import htmx_wants_part

EVENTS = {
    "trigger": "HX-Trigger",
    "trigger_after_swap": "HX-Trigger-After-Swap",
    "trigger_after_settle": "HX-Trigger-After-Settle",
}
Events = str | Iterable[str] | Mapping[str, Any]
"""The name of an event, several, or what each of several carries."""

_EVENT = re.compile(r"[!-+\--z|~]+")
_TEXT = re.compile(r"[ -~]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


class Htmx:
    """The present request, as htmx describes it, and headers for the answer.

    Everything that a request says comes from the visitor's browser: check it like a form.
    """

    @property
    def is_request(self) -> bool:
        """Whether htmx asks."""
        return "HX-Request" in request.headers

    @property
    def wants_part(self) -> bool:
        """Whether htmx puts the answer into a part of its page, rather than in its place."""
        return htmx_wants_part(request.headers)

    @property
    def version(self) -> int | None:
        """The major version, 2 or 4, ``None`` when htmx does not ask; 1 counts as 2."""
        if not self.is_request:
            return None
        return 4 if "HX-Request-Type" in request.headers else 2

    @property
    def boosted(self) -> bool:
        """Whether a link or form with ``hx-boost`` asks."""
        return "HX-Boosted" in request.headers

    @property
    def history_restore(self) -> bool:
        """Whether the visitor went back to a page that htmx has no longer."""
        return "HX-History-Restore-Request" in request.headers

    @property
    def current_url(self) -> str | None:
        """The address of the page that asks."""
        return _said("HX-Current-URL")

    @property
    def target(self) -> str | None:
        """The id of the element that is filled, if it has one."""
        return self._id("HX-Target", "HX-Target")

    @property
    def trigger(self) -> str | None:
        """The id of the element that asks, if it has one."""
        return self._id("HX-Trigger", "HX-Source")

    @property
    def trigger_name(self) -> str | None:
        """The name of the element that asks; htmx 4 does not say it."""
        return _said("HX-Trigger-Name")

    @property
    def prompt(self) -> str | None:
        """What the visitor wrote where ``hx-prompt`` asked; htmx 4 has none."""
        return _said("HX-Prompt")

    def _id(self, of_2: str, of_4: str) -> str | None:
        if self.version != 4:
            return _said(of_2)
        return unquote(request.headers.get(of_4, "").partition("#")[2]) or None

    def headers(
        self,
        *,
        trigger: Events | None = None,
        trigger_after_swap: Events | None = None,
        trigger_after_settle: Events | None = None,
        redirect: str | None = None,
        location: str | Mapping[str, Any] | None = None,
        refresh: bool = False,
        push_url: str | None = None,
        replace_url: str | None = None,
        reswap: str | None = None,
        retarget: str | None = None,
        reselect: str | None = None,
    ) -> dict[str, str]:
        """Return the headers of an answer, which views return after the body.

        ::

            return {"product": product}, htmx.headers(trigger="cart-changed", push_url="/cart")

        :param trigger: events that the page gets; those after swap or settle are of htmx 2.
        :param redirect: load this page instead; for one that a visitor named use
            :func:`~quart_hotframe.security.safe_redirect`.
        :param location: go there without loading the page anew; an address, or a mapping with
            ``path``, ``target`` and what else ``htmx.ajax()`` takes.
        :param refresh: load the page again.
        :param push_url: the address that the browser shows, as a new step of its history.
        :param replace_url: the same, in the place of the present step.
        :param reswap: how the answer is put into the page, such as ``"outerHTML"``.
        :param retarget: a selector of another element to fill.
        :param reselect: a selector of the part of the answer to take.
        :raises ValueError: a value cannot stand in a header, or an address would run a script.
        """
        urls = {"HX-Redirect": redirect, "HX-Push-Url": push_url, "HX-Replace-Url": replace_url}
        texts = {"HX-Reswap": reswap, "HX-Retarget": retarget, "HX-Reselect": reselect}
        events = (trigger, trigger_after_swap, trigger_after_settle)
        named = dict(zip(EVENTS.values(), events, strict=True))
        found = {name: _events(value) for name, value in named.items() if value is not None}
        found |= {name: _url(value) for name, value in urls.items() if value is not None}
        found |= {name: _text(value) for name, value in texts.items() if value is not None}
        if location is not None:
            found["HX-Location"] = _location(location)
        return found | {"HX-Refresh": "true"} if refresh else found


def _said(name: str) -> str | None:
    value = request.headers.get(name)
    if value is not None and f"{name}-URI-AutoEncoded" in request.headers:
        return unquote(value)
    return value


def _events(events: Events) -> str:
    if isinstance(events, Mapping):
        return json.dumps(events)
    names = [events] if isinstance(events, str) else list(events)
    for name in names:
        if not _EVENT.fullmatch(name):
            raise ValueError(
                f"{name!r} is no name of an event: write ASCII without spaces, commas and braces."
            )
    return ", ".join(names)


def _url(address: str) -> str:
    scheme = _SCHEME.match(address)
    if scheme is not None and scheme[0].lower() not in ("http:", "https:"):
        raise ValueError(f"{address!r} is no page: write a path or an http address.")
    if address != address.strip():
        raise ValueError(f"{address!r} begins or ends with a space.")
    return _text(iri_to_uri(address) if address.isprintable() else address)


def _location(location: str | Mapping[str, Any]) -> str:
    if isinstance(location, str):
        return _url(location)
    return json.dumps({**location, "path": _url(location["path"])})


def _text(text: str) -> str:
    if not _TEXT.fullmatch(text):
        raise ValueError(f"{text!r} cannot stand in a header: write printable ASCII.")
    return text


htmx = Htmx()
"""The present request, as htmx describes it, and headers for the answer."""
