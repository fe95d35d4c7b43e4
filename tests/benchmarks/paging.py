"""A page by ``@page`` beside one by ``render_template``, and one block of it beside all of it.

The page has a layout with a menu of 40 links, and 20 rows; the block is the rows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from quart import Quart
from quart import render_template

from quart_hotframe import HotFrame
from quart_hotframe import page

from .inprocess import Headers
from .inprocess import REQUESTS
from .inprocess import ROUNDS
from .inprocess import seconds_per_request
from .pairs import in_turn
from .table import Row

BASE = """\
<!doctype html><title>{% block title %}{% endblock %}</title>
<nav>{% for n in range(40) %}<a href="{{ url_for('by_hand', n=n) }}">{{ n }}</a>{% endfor %}</nav>
{% block body %}{% endblock %}
"""
INDEX = """\
{% extends "base.html" %}
{% set heading = "Products" %}
{% block title %}{{ heading }}{% endblock %}
{% block body %}<h1>{{ heading }}</h1><ul>{% block rows %}{% for row in rows %}
<li class="{{ heading }}">{{ row }}</li>{% endfor %}{% endblock %}</ul>{% endblock %}
"""
HTMX: Headers = [(b"hx-request", b"true")]


def site(root: Path) -> Quart:
    """Return an app with the page in both ways."""
    (root / "templates").mkdir()
    (root / "templates" / "base.html").write_text(BASE, encoding="utf-8")
    (root / "templates" / "index.html").write_text(INDEX, encoding="utf-8")
    app = Quart("paging", root_path=str(root), instance_path=str(root / "instance"))
    HotFrame(app)

    @app.get("/by-hand")
    async def by_hand() -> str:
        return await render_template("index.html", rows=range(20))

    @app.get("/page")
    @page("index.html", block="rows")
    async def by_page() -> dict[str, Any]:
        return {"rows": range(20)}

    return app


async def run(root: Path, scale: float) -> AsyncIterator[Row]:
    """Yield a row for the page and one for its block."""
    rounds, requests = max(int(ROUNDS * scale), 3), max(int(REQUESTS * scale), 20)
    app = site(root)
    async with app.test_app():
        by_hand = seconds_per_request(app, "/by-hand", requests)
        whole = seconds_per_request(app, "/page", requests)
        block = seconds_per_request(app, "/page", requests, headers=HTMX)
        for what, first, second in (
            ("@page, beside render_template", by_hand, whole),
            ("its block for htmx, beside all of it", whole, block),
        ):
            pair = await in_turn(first, second, rounds)
            plain, hotframe = (f"{seconds * 1e6:.0f} µs" for seconds in (pair.plain, pair.hotframe))
            yield Row(f"{what}, in process", plain, hotframe, 1 / pair.ratio)
