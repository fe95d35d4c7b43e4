"""A small shop as its author writes it: pages, frames and patches, served by Hypercorn."""

from __future__ import annotations

from typing import Any

from markupsafe import escape
from quart import flash
from quart import redirect
from quart import request
from quart import Response

from quart_hotframe import page
from quart_hotframe import patches

from .sites import new_site

TEMPLATES = {
    "base.html": """<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>{% block title %}Shop{% endblock %}</title>{{ hotframe_script() }}</head>
<body>{{ hotframe_flashes() }}{% block body %}{% endblock %}</body></html>""",
    "index.html": """{% extends "base.html" %}{% block body %}
<p id="count">{{ names|length }} products</p>
<form method="post" action="/add" data-hf-visit><input name="name" aria-label="Name">
<button>Add</button></form>
{% frame "list" %}<form action="/"><input name="q" aria-label="Search">
<button>Search</button></form>
{% block rows %}<ul id="rows">{% for name in names %}{% include "row.html" %}{% endfor %}</ul>
{% endblock %}{% endframe %}
{% frame "cart" src="/cart" %}Loading…{% endframe %}{% endblock %}""",
    "row.html": "<li>{{ name }}</li>",
    "cart.html": """{% extends "base.html" %}{% block body %}{% block cart %}<form method="post"
action="/cart"><span id="items">{{ items }} items</span><button>Buy</button></form>{% endblock %}
{% endblock %}""",
}

app = new_site("shop_site", TEMPLATES)

names: list[str] = []
items = 0


@app.post("/begin")
async def begin() -> str:
    """Begin anew, for the next test."""
    global items
    names[:], items = ["lamp", "rug"], 0
    return ""


@app.get("/")
@page("index.html", blocks={"list": "rows"})
async def index() -> dict[str, object]:
    wanted = request.args.get("q", "")
    return {"names": [name for name in names if wanted in name]}


@app.post("/add")
async def add() -> Response:
    name = (await request.form)["name"]
    names.append(name)
    await flash(f"Added {name}")
    count = escape(f"{len(names)} products")
    return await patches.append("rows", "row.html", name=name).update("count", count)


@app.get("/cart")
@page("cart.html", block="cart")
async def cart() -> dict[str, object]:
    return {"items": items}


@app.post("/cart")
async def buy() -> Any:
    global items
    items += 1
    await flash("Bought")
    return redirect("/cart", 303)
