"""The table of reviews."""

from __future__ import annotations

from modules.shop.models import Product
from sqlalchemy import CheckConstraint
from sqlalchemy import ForeignKey
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship

from quart_hotframe.database import ModuleModels
from quart_hotframe.database import Timestamps


class Base(ModuleModels, DeclarativeBase): ...


class Review(Timestamps, Base):
    """What a buyer says about a product; ``helpful`` counts the readers who found it so."""

    __table_args__ = (CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey(Product.__table__.c.id), index=True)
    author: Mapped[str] = mapped_column(String(40))
    stars: Mapped[int]
    text: Mapped[str] = mapped_column(String(500))
    helpful: Mapped[int] = mapped_column(default=0, server_default="0")
    product: Mapped[Product] = relationship(Product, viewonly=True, lazy="joined")
