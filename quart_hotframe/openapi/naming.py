"""Names in an OpenAPI document that two modules may both have chosen."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

SCHEMAS = "#/components/schemas/"
"""How a reference to a schema begins."""


def renamed(value: Any, names: Collection[str], owner: str) -> Any:
    """Return a part of a document whose references to *names* lead to those of an owner.

    >>> renamed({"$ref": "#/components/schemas/Order"}, {"Order"}, "shop")
    {'$ref': '#/components/schemas/shop.Order'}
    """
    if isinstance(value, dict):
        return {key: renamed(one, names, owner) for key, one in value.items()}
    if isinstance(value, list):
        return [renamed(one, names, owner) for one in value]
    if isinstance(value, str) and value.startswith(SCHEMAS):
        name = value.removeprefix(SCHEMAS)
        return f"{SCHEMAS}{of_owner(name, owner)}" if name in names else value
    return value


def of_owner(name: str, owner: str) -> str:
    """Return the name of an owner's schema."""
    return f"{owner}.{name}"
