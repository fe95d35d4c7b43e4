"""Forms made from models of SQLAlchemy."""

from __future__ import annotations

import enum
from datetime import datetime
from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest
from pydantic import Field
from sqlalchemy import BigInteger
from sqlalchemy import Enum
from sqlalchemy import JSON
from sqlalchemy import Numeric
from sqlalchemy import String
from sqlalchemy import Text
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from quart_hotframe.database import ModuleModels
from quart_hotframe.database import Timestamps
from quart_hotframe.database import UtcDateTime
from quart_hotframe.errors import SetupError
from quart_hotframe.forms import model_of
from tests.support.markup import Seen

from .conftest import Forms


class Base(ModuleModels, DeclarativeBase): ...


class Kind(enum.Enum):
    TEA = "tea"
    CUP = "cup"


class Product(Timestamps, Base):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), comment="As on the packet")
    price: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    text: Mapped[str | None] = mapped_column(Text, info={"title": "About it"})
    kind: Mapped[Kind] = mapped_column(default=Kind.TEA)
    tone: Mapped[str] = mapped_column(Enum("light", "dark", native_enum=False), default="light")
    stock: Mapped[int] = mapped_column(default=0)
    code: Mapped[int | None] = mapped_column(BigInteger)
    sold_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    more: Mapped[Any] = mapped_column(JSON, nullable=True)
    secret: Mapped[bool] = mapped_column(default=False)


COLUMNS = ("name", "price", "text", "kind", "tone", "stock", "code", "sold_at")


async def test_columns_say_what_a_form_asks_for(made: Forms) -> None:
    made.show(model_of(Product, *COLUMNS))
    text = await made.get()
    page = Seen(text)
    name, price = page.by_id("product-form-name"), page.by_id("product-form-price")
    assert name["maxlength"] == "40" and "required" in name
    assert "As on the packet" in page.text and "About it" in page.text
    assert price["type"] == "number"
    assert page.by_id("product-form-stock")["max"] == str(2**31 - 1)
    assert page.by_id("product-form-code")["max"] == str(2**63 - 1)
    assert "required" not in page.by_id("product-form-code")
    assert page.by_id("product-form-sold_at")["type"] == "datetime-local"
    assert 'value="light" checked required' in text


async def test_only_named_columns_can_be_set(made: Forms) -> None:
    made.show(model_of(Product, *COLUMNS))
    sent = {"name": "Tea", "price": "1.5", "kind": "cup", "tone": "dark", "stock": "3",
            "text": "", "sold_at": "2026-03-31T16:30", "id": "7", "secret": "true"}  # fmt: skip
    product = Product(**(await made.takes(sent)).model_dump())
    assert (product.name, product.price, product.kind) == ("Tea", Decimal("1.5"), Kind.CUP)
    assert not any([product.id, product.secret, product.text])
    assert product.sold_at == datetime(2026, 3, 31, 16, 30, tzinfo=UTC)


async def test_limits_are_those_of_the_columns(made: Forms) -> None:
    made.show(model_of(Product, *COLUMNS))
    seen = await made.refuses({"name": "x" * 41, "price": "1.555", "stock": str(2**40)})
    assert "Write 40 characters or fewer." in seen.text
    assert "Write 2 decimal places or fewer." in seen.text
    assert "must be 2147483647 or less" in seen.text


async def test_a_row_is_shown_and_a_column_can_be_another_field(made: Forms) -> None:
    row = Product(name="Tea", price=Decimal("2.50"), kind=Kind.CUP)
    model = model_of(Product, "name", "price", name=(str, "x"), tags=(list[str], Field([])))
    made.show(model, initial=row)
    assert Seen(await made.get()).fields() == {"name": "Tea", "price": "2.50"}
    assert "maxlength" not in Seen(await made.get()).by_id("product-form-name")


@pytest.mark.parametrize(
    ("use", "wanted"),
    [
        (lambda: model_of(Product, "nam"), r"Product has no column 'nam'\. Did you mean 'name'"),
        (lambda: model_of(Product, "metadata"), "has no column 'metadata'"),
        (lambda: model_of(dict, "x"), "is no model of SQLAlchemy"),
    ],
)
def test_what_is_no_column_is_told(use: Any, wanted: str) -> None:
    with pytest.raises(SetupError, match=wanted):
        use()
