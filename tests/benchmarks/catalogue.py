"""A page that people really serve: navigation and a table of products, for who has signed in.

Both sides ask SQLite for the same rows through SQLAlchemy, with the same engine and in the same
session of the request, and render the same template. Plain Quart sends by hand the headers that
HotFrame sends, and looks into its own session. It counts no requests, so it has no limit and sends
no header of one: those stand on HotFrame's side alone, as in the smaller page.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from quart import abort
from quart import Quart
from quart import render_template
from quart import session
from sqlalchemy import event
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

PRODUCTS = 30
FILE = "products.sqlite3"
LAYOUT = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{% block title %}{% endblock %} - Shop</title></head>
<body>
<nav><ul>
{% for text, endpoint in navigation %}
<li><a href="{{ url_for(endpoint) }}"
{%- if endpoint == request.endpoint %} aria-current="page"{% endif %}>{{ text }}</a></li>
{% endfor %}
</ul></nav>
<main>{% block main %}{% endblock %}</main>
<footer>Signed in as {{ name }}</footer>
</body>
</html>
"""
TABLE = """\
{% extends "layout.html" %}
{% block title %}Products{% endblock %}
{% block main %}
<h1>Products</h1>
<table>
<thead><tr><th>Name</th><th>Price</th><th>In stock</th></tr></thead>
<tbody>
{% for product in products %}
<tr><td>{{ product.name }}</td><td>{{ "%.2f"|format(product.price) }}</td>
<td>{{ "yes" if product.stock else "no" }}</td></tr>
{% endfor %}
</tbody>
</table>
{% endblock %}
"""
NAVIGATION = [("Start", "own_hello"), ("Page", "own_page"), ("Products", "products")]


class Base(DeclarativeBase):
    """The models of both apps."""


class Product(Base):
    """A row of the table."""

    __tablename__ = "product"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    price: Mapped[float]
    stock: Mapped[int]


def url_of(root: Path) -> str:
    """Return the address of the database that both sides read."""
    return f"sqlite+aiosqlite:///{root / FILE}"


async def write(root: Path) -> None:
    """Write the templates and the products."""
    (root / "templates" / "layout.html").write_text(LAYOUT, encoding="utf-8")
    (root / "templates" / "products.html").write_text(TABLE, encoding="utf-8")
    engine = create_async_engine(url_of(root))
    async with engine.begin() as connection:
        await connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        await connection.run_sync(Base.metadata.create_all)
        rows = [
            {"name": f"Product {number}", "price": number * 1.25, "stock": number % 3}
            for number in range(PRODUCTS)
        ]
        await connection.execute(insert(Product), rows)
    await engine.dispose()


def _enforce_keys(connection: Any, record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


QUERY = select(Product).order_by(Product.name).limit(PRODUCTS)


async def shown(products: Any) -> str:
    """Render the page."""
    return await render_template(
        "products.html", products=products, navigation=NAVIGATION, name=session["user"]
    )


def add_plain(app: Quart, root: Path) -> None:
    """Add the page as plain Quart has it."""
    engine = create_async_engine(url_of(root))
    event.listen(engine.sync_engine, "connect", _enforce_keys)
    session_of = async_sessionmaker(engine, expire_on_commit=False)

    @app.get("/products")
    async def products() -> str:
        if session.get("user") is None:
            abort(401)
        async with session_of() as unit, unit.begin():
            return await shown((await unit.scalars(QUERY)).all())

    @app.after_serving
    async def dispose() -> None:
        await engine.dispose()


def add_protected(app: Quart) -> None:
    """Add the page behind all that HotFrame has to protect it."""
    from quart_hotframe import db
    from quart_hotframe.security import guard
    from quart_hotframe.security import IsAuthenticated
    from quart_hotframe.security import limit
    from quart_hotframe.security import policy

    @app.get("/products")
    @guard(IsAuthenticated)
    @limit("1000000/minute", by="user")
    @policy(max_body=1024)
    async def products() -> str:
        return await shown((await db.session.scalars(QUERY)).all())
