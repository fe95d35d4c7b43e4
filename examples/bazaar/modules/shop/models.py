"""The table of the shop: what it sells."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from quart_hotframe.database import ModuleModels
from quart_hotframe.database import Slug


class Base(ModuleModels, DeclarativeBase): ...


class Product(Slug, Base):
    """A thing for sale; ``drawing`` and ``tone`` say how its picture is drawn."""

    __slug_from__ = "name"
    __table_args__ = (CheckConstraint("stock >= 0", name="stock"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), index=True)
    category: Mapped[str] = mapped_column(String(40), index=True)
    maker: Mapped[str] = mapped_column(String(60))
    place: Mapped[str] = mapped_column(String(60))
    price_cents: Mapped[int] = mapped_column(index=True)
    stock: Mapped[int]
    drawing: Mapped[str] = mapped_column(String(20))
    tone: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(String(500))
    added_on: Mapped[date] = mapped_column(index=True)

    @property
    def price(self) -> Decimal:
        """The price in euros, before all filters."""
        return Decimal(self.price_cents) / 100
