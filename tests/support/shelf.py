"""Models with every mixin, for the tests of mixins and of the repository."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import Numeric
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from quart_hotframe.database import Audited
from quart_hotframe.database import AuditLog
from quart_hotframe.database import ModuleModels
from quart_hotframe.database import Slug
from quart_hotframe.database import SoftDelete
from quart_hotframe.database import Timestamps
from quart_hotframe.database import Uuid7
from quart_hotframe.database import Versioned


class Base(ModuleModels, DeclarativeBase):
    """The base of the shelf."""


class Actor:
    """Who acts in a test."""

    name = ""


class Change(AuditLog, Base):
    who_acts = staticmethod(lambda: Actor.name)


class Book(Uuid7, Timestamps, SoftDelete, Slug, Base):
    title: Mapped[str]
    author: Mapped[str | None]
    isbn: Mapped[str] = mapped_column("isbn13", unique=True)
    price: Mapped[Decimal] = mapped_column(Numeric(8, 2), default=Decimal(0))
    pages: Mapped[int] = mapped_column(default=0)
    printed: Mapped[date] = mapped_column(default=date(2020, 1, 1))


class Account(Audited, Versioned, Timestamps, Base):
    __audit_exclude__ = frozenset({"password"})
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str] = mapped_column(default="")


class Counter(Versioned, Timestamps, Base):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    count: Mapped[int] = mapped_column(default=0)


class Place(Base):
    row: Mapped[int] = mapped_column(primary_key=True)
    seat: Mapped[int] = mapped_column(primary_key=True)
