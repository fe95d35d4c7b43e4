"""Ids of elements, as they travel in headers, attributes and selectors."""

from __future__ import annotations

import re

MOST = 200
"""Most characters of an id."""

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*")


def is_id(text: str) -> bool:
    """Say whether a text is an id that means itself everywhere.

    >>> is_id("cart-2"), is_id("#cart"), is_id('"><script>')
    (True, False, False)
    """
    return len(text) <= MOST and _ID.fullmatch(text) is not None


def check_id(text: object) -> str:
    """Return an id.

    :raises ValueError: it is none.
    """
    if not isinstance(text, str) or not is_id(text):
        raise ValueError(
            f"{text!r} is no id of an element: write letters, digits, '_', '-', '.' and ':', "
            f"at most {MOST}, without '#'."
        )
    return text
