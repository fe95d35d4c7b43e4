"""What a visitor looks for in the list of products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement
from werkzeug.datastructures import MultiDict

from .models import Product

ORDERS: Mapping[str, str] = {
    "newest": "-added_on",
    "name": "name",
    "cheapest": "price_cents",
    "dearest": "-price_cents",
}
"""The columns of the orders that a visitor can choose."""
LONGEST = 100
"""Characters that are taken of a text."""
DEAREST = 1_000_000
"""The greatest price that is looked for, in euros."""


@dataclass(frozen=True)
class Wish:
    """What the address of the page asks for; what makes no sense there is left out.

    :param q: words to search for.
    :param most: the highest price in euros.
    :param stock: leave out what is sold out.
    """

    q: str = ""
    category: str = ""
    most: int | None = None
    stock: bool = False
    order: str = "newest"
    page: int = 1

    @classmethod
    def read(cls, args: MultiDict[str, str]) -> Wish:
        """Return the wish in the address of a page."""
        most, order = args.get("most", type=int), args.get("order", "")
        return cls(
            q=_clean(args.get("q", "")),
            category=_clean(args.get("category", "")),
            most=None if most is None else min(max(most, 0), DEAREST),
            stock="stock" in args,
            order=order if order in ORDERS else "newest",
            page=max(args.get("page", 1, int), 1),
        )

    @property
    def column(self) -> str:
        """The column by which the list is ordered."""
        return ORDERS[self.order]

    @property
    def narrows(self) -> bool:
        """Say whether it leaves products out."""
        return bool(self.q or self.category or self.most is not None or self.stock)

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a product must meet."""
        found: list[ColumnElement[bool]] = []
        if self.category:
            found.append(Product.category == self.category)
        if self.most is not None:
            found.append(Product.price_cents <= self.most * 100)
        if self.stock:
            found.append(Product.stock > 0)
        return found

    def at(self, page: int) -> dict[str, Any]:
        """Return the address of another page of the same list."""
        values = {**asdict(self), "page": page}
        standard = {one.name: one.default for one in fields(self)}
        return {name: value for name, value in values.items() if value != standard[name]}


def _clean(text: str) -> str:
    return " ".join(text.replace("\0", " ").split())[:LONGEST]
