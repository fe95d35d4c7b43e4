"""The tables of baskets and orders. They refer to the shop's products."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from modules.shop.models import Product
from sqlalchemy import CheckConstraint
from sqlalchemy import ForeignKey
from sqlalchemy import String
from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship

from quart_hotframe.database import ModuleModels
from quart_hotframe.database import Timestamps
from quart_hotframe.database import Uuid7
from quart_hotframe.database import Versioned


class Base(ModuleModels, DeclarativeBase): ...


class BasketItem(Timestamps, Base):
    """How many of one product a visitor has in the basket."""

    __table_args__ = (
        UniqueConstraint("visitor", "product_id"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    visitor: Mapped[str] = mapped_column(String(32))
    product_id: Mapped[int] = mapped_column(ForeignKey(Product.__table__.c.id), index=True)
    quantity: Mapped[int]
    product: Mapped[Product] = relationship(Product, viewonly=True, lazy="joined")


class Order(Uuid7, Timestamps, Versioned, Base):
    """What a visitor bought at once; ``status`` is ``new``, ``packed`` or ``sent``."""

    visitor: Mapped[str] = mapped_column(String(32), index=True)
    name: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(10), default="new")
    lines: Mapped[list[OrderLine]] = relationship(lazy="selectin", order_by="OrderLine.id")

    @property
    def things(self) -> int:
        """How many things there are in it."""
        return sum(line.quantity for line in self.lines)

    @property
    def total(self) -> Decimal:
        """What it costs in euros."""
        return sum((line.price * line.quantity for line in self.lines), Decimal(0))


class OrderLine(Base):
    """One product of an order, at the price of that day."""

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey(Order.id), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey(Product.__table__.c.id), index=True)
    quantity: Mapped[int]
    price_cents: Mapped[int]
    product: Mapped[Product] = relationship(Product, viewonly=True, lazy="joined")

    @property
    def price(self) -> Decimal:
        """The price of one in euros."""
        return Decimal(self.price_cents) / 100
