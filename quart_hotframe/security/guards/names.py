"""Names of permissions, and the patterns by which users hold them.

A ``*`` in a pattern stands for exactly one segment; as the last one it stands for one or more.
"""

from __future__ import annotations

import re
from functools import lru_cache

MAX_SEGMENTS = 6
"""Most segments of a name, which bounds how many patterns can give it."""
MAX_LENGTH = 100
"""Most characters of a name."""
RULE = (
    "Write two to six words of small letters, digits, '_' and '-' with dots between them, "
    "for example 'shop.edit'."
)

_SEGMENT = re.compile(r"[a-z0-9_-]+")


def is_name(text: str) -> bool:
    """Say whether a text can name a permission."""
    return "*" not in text and is_pattern(text) and "." in text


def is_pattern(text: str) -> bool:
    """Say whether a text is a name of permissions, perhaps with wildcards."""
    parts = text.split(".")
    return (
        len(parts) <= MAX_SEGMENTS
        and len(text) <= MAX_LENGTH
        and all(part == "*" or _SEGMENT.fullmatch(part) for part in parts)
    )


def matches(pattern: str, name: str) -> bool:
    """Say whether a pattern gives a permission.

    >>> matches("shop.*", "shop.order.cancel"), matches("shop.*", "shopping.view")
    (True, False)
    >>> matches("*.view", "shop.view"), matches("*.view", "shop.order.view")
    (True, False)
    """
    wanted, parts = pattern.split("."), name.split(".")
    if wanted[-1] == "*":
        parts = parts[: len(wanted)]
    return len(wanted) == len(parts) and all(
        one in ("*", part) for one, part in zip(wanted, parts, strict=True)
    )


@lru_cache(maxsize=1024)
def holders(name: str) -> frozenset[str]:
    """Return every pattern that gives a permission, so that a check is a look-up in a set.

    >>> sorted(holders("shop.edit"))
    ['*', '*.*', '*.edit', 'shop.*', 'shop.edit']
    """
    found: set[tuple[str, ...]] = set()
    beginnings: list[tuple[str, ...]] = [()]
    for part in name.split("."):
        found.update((*one, "*") for one in beginnings)
        beginnings = [(*one, segment) for one in beginnings for segment in (part, "*")]
    return frozenset(".".join(one) for one in (*found, *beginnings))
