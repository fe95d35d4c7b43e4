"""How tables and constraints are named."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from ..runtime.contribution import HOST

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Names of constraints: a migration can only change what has a name."""

ALIKE = 0.75
"""From which likeness on the first word of a table's name is the module's name, mistyped."""


def snake_case(name: str) -> str:
    """Return the name of a class as words of lower case.

    >>> snake_case("OrderLine"), snake_case("HTTPLog")
    ('order_line', 'http_log')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def table_name(owner: str, model: str) -> str:
    """Return the default name of a model's table.

    >>> table_name("shop", "OrderLine"), table_name("app", "OrderLine")
    ('shop_order_line', 'order_line')
    """
    name = snake_case(model)
    return name if owner == HOST else f"{owner}_{name}"


def fits(owner: str, table: str) -> bool:
    """Say whether the owner's tables may have this name."""
    return owner == HOST or len(table) > len(owner) + 1 and table.startswith(f"{owner}_")


def right_name(owner: str, table: str) -> str:
    """Return the name nearest to *table* that the owner's tables may have.

    >>> right_name("catalog", "product"), right_name("catalog", "catalogue_product")
    ('catalog_product', 'catalog_product')
    """
    words = table.strip("_").split("_")
    count = owner.count("_") + 1
    start, rest = "_".join(words[:count]), words[count:]
    if rest and SequenceMatcher(None, start.lower(), owner).ratio() >= ALIKE:
        return "_".join([owner, *rest])
    return f"{owner}_{table.strip('_')}"
