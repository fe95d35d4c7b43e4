"""What changes of lists and of attributes say beside their HTML, and what they may not say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any
from typing import Literal

from ..security.links import safe_link

At = Literal["start", "end"]
PLACES = ("start", "end")
Key = str | int
MOST_KEYS = 1000
"""Most keys that one change may name."""

URLS = frozenset("action background cite data formaction href ping poster src".split())
"""Attributes that hold an address, which a browser may go to or load."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_HANDLER = re.compile(r"on", re.IGNORECASE)
_REFUSED = {
    "style": "a strict Content-Security-Policy refuses it: change the class",
    "srcdoc": "it is a page of its own: morph the element",
    "nonce": "it is a secret of the page",
}
_OF_CLIENTS = ("hf-", "data-hf-", "hx-", "data-hx-", "x-")
_KEYED = re.compile(
    r"""\s*(?:<!--(?:(?!-->).)*-->\s*)*<[A-Za-z][^\s/>]*(?:[^>"']|"[^"]*"|'[^']*')*?\sdata-key\s*=""",
    re.DOTALL,
)


def place_members(at: At | None, before: Key | None, limit: int | None = None) -> dict[str, Any]:
    """Return where rows of a list go.

    :raises ValueError: there is no such place, or *limit* is no number of rows.
    """
    if at is not None and at not in PLACES:
        raise ValueError(f"at is one of {', '.join(PLACES)}, not {at!r}.")
    if at is not None and before is not None:
        raise ValueError("A row goes to one place: give at or before.")
    if limit is not None and (not isinstance(limit, int) or limit < 1):
        raise ValueError(f"limit is a number of rows from 1, not {limit!r}.")
    key = None if before is None else check_key(before)
    members = {"at": at, "before": key, "limit": limit}
    return {name: value for name, value in members.items() if value is not None}


def moved_members(at: At | None, before: Key | None) -> dict[str, Any]:
    """Return where rows are moved to.

    :raises ValueError: no place is given, or two are.
    """
    if at is None and before is None:
        raise ValueError("move() needs a place: give at or before.")
    return place_members(at, before)


def check_keys(keys: tuple[object, ...]) -> list[str]:
    """Return keys of rows as text.

    :raises ValueError: there is none, or there are too many.
    """
    if not 0 < len(keys) <= MOST_KEYS:
        raise ValueError(f"Give 1 to {MOST_KEYS} keys of rows, not {len(keys)}.")
    return [check_key(key) for key in keys]


def check_key(key: object) -> str:
    """Return the key of a row as ``data-key`` has it.

    :raises TypeError: it is no text and no number.
    """
    if isinstance(key, bool) or not isinstance(key, str | int):
        raise TypeError(f"{key!r} is no key of a row: give the text or number of its data-key.")
    return unescape(key) if isinstance(key, str) and hasattr(key, "__html__") else str(key)


def check_rows(target: str | None, html: str) -> None:
    """Refuse rows of which the first has no key.

    :raises ValueError: it has none.
    """
    if _KEYED.match(html) is None:
        raise ValueError(
            f"What put() brings to the list {target!r} are rows with a key: write "
            '<li data-key="{{ row.id }}">.'
        )


def attribute_members(values: Mapping[str, object]) -> dict[str, Any]:
    """Return attributes as they travel: ``None`` takes one away.

    :raises ValueError: a name is none, or would run code, or an address could.
    """
    if not values:
        raise ValueError("attributes() was given none.")
    return {
        "values": {
            (found := _checked(name)): _value(found, value) for name, value in values.items()
        }
    }


def _checked(name: object) -> str:
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise ValueError(f"{name!r} cannot be the name of an attribute.")
    if _HANDLER.match(name):
        raise ValueError(
            f"{name!r} would be an inline handler, which a Content-Security-Policy refuses: listen "
            "in a script instead."
        )
    if reason := _REFUSED.get(name.lower()):
        raise ValueError(f"{name!r} is not changed so, because {reason}.")
    if name.lower().startswith(_OF_CLIENTS):
        raise ValueError(f"{name!r} tells a client what to do: morph the element.")
    return name.lower()


def _value(name: str, value: object) -> str | None:
    if isinstance(value, bool) and name.startswith("aria-"):
        return str(value).lower()
    if value is None or value is False:
        return None
    said = (
        "" if value is True else unescape(str(value)) if hasattr(value, "__html__") else str(value)
    )
    if name in URLS and said and safe_link(said) is None:
        raise ValueError(f"{said!r} cannot be the {name} of an element: it could run code.")
    return said
